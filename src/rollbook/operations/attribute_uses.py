"""Who relies on a user attribute beyond the users themselves."""

from rollbook.lms.models import LMS
from rollbook.people.models import UserAttribute


def matching_lmss(attribute: UserAttribute) -> list[str]:
    """Return the names of the LMSs whose launches are matched on the attribute."""
    named = LMS.objects.order_by("name").values_list("name", "matchers")
    return [name for name, matchers in named if any(target == attribute.code for _, target in matchers)]
