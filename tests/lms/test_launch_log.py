"""The launch log keeps launches for the days that the operator sets."""

from datetime import timedelta

from django.utils import timezone

from rollbook.lms.launch_log import purge
from rollbook.lms.models import Launch
from tests.cast import Cast


def launched(cast: Cast, reference: str, subject: str, days_ago: int) -> None:
    launch = Launch.objects.create(
        reference=reference,
        lms=cast.hillside,
        deployment_id="1",
        subject=subject,
        outcome=Launch.Outcome.NOBODY,
    )
    Launch.objects.filter(pk=launch.pk).update(at=timezone.now() - timedelta(days=days_ago))


def references() -> set[str]:
    return set(Launch.objects.values_list("reference", flat=True))


def test_an_old_launch_leaves_the_log_and_a_younger_one_stays(cast: Cast) -> None:
    launched(cast, "OLD", "h-old", 401)
    launched(cast, "YOUNG", "h-old", 399)
    assert purge(400) == 1
    assert references() == {"AAAA-0001", "YOUNG"}


def test_the_last_launch_of_an_lms_account_stays_however_old_because_a_reset_decides_by_it(
    cast: Cast,
) -> None:
    Launch.objects.update(at=timezone.now() - timedelta(days=2000))
    launched(cast, "BEN-LAST", "h-ben", 1000)
    assert purge(400) == 1
    assert references() == {"BEN-LAST"}
