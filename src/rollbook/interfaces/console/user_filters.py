"""The filters of the Users report."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.forms.utils import flatatt
from django.utils.safestring import SafeString

from rollbook.interfaces.console.tree import places_of
from rollbook.interfaces.web.markup import markup, markup_join
from rollbook.lms.models import LMS, LMSAccount
from rollbook.lms.queue import cross_linked_users
from rollbook.people.access import UserActor
from rollbook.people.models import AccessLevel, Location, User
from rollbook.people.tree import locations_below

YES_NO = (("yes", "Yes"), ("no", "No"))
Users = QuerySet[User]


def below(location_id: str) -> list[int]:
    """Return the ids of a location and all below it; as a list, so that the planner knows how many there are."""
    rows = Location.objects.filter(pk__in=locations_below(int(location_id)))
    return list(rows.values_list("pk", flat=True))


class LongSelect(forms.Select):
    """A select that is drawn in one pass: Django renders two templates for each of a thousand locations."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw it as Django does."""
        chosen = {str(each) for each in self.format_value(value)}
        options = (
            (key, SafeString(" selected" if key in chosen else ""), label)
            for key, label in (("" if pk is None else str(pk), label) for pk, label in self.choices)
        )
        return markup(
            '<select name="{}"{}>{}</select>',
            name,
            flatatt(self.build_attrs(self.attrs, attrs)),
            markup_join("", '<option value="{}"{}>{}</option>', options),
        )


class UserFilters(filters.FilterSet):
    """Status (active unless said otherwise), location with all below, access level, LMS, and three questions."""

    status = filters.ChoiceFilter(
        label="Status", choices=[("active", "Active"), ("inactive", "Inactive"), ("all", "All")],
        empty_label=None, method="by_status",
    )  # fmt: skip
    location = filters.ChoiceFilter(
        label="Location and below", empty_label="Everywhere", method="by_location"
    )
    level = filters.ChoiceFilter(
        label="Access level", field_name="access_level", choices=AccessLevel.choices, empty_label="Any"
    )
    lms = filters.ChoiceFilter(label="LMS", empty_label="Any", method="by_lms")
    accounts = filters.ChoiceFilter(
        label="Has LMS accounts", choices=YES_NO, empty_label="Any", method="by_accounts"
    )
    merged = filters.ChoiceFilter(label="Merged", choices=YES_NO, empty_label="Any", method="by_merged")
    crossed = filters.ChoiceFilter(
        label="Possible cross-link", choices=YES_NO[:1], empty_label="Any", method="by_cross_link"
    )

    class Meta:
        model = User
        fields: list[str] = []  # django-filter declares it so

    def __init__(self, data: Any, *, actor: UserActor) -> None:
        data = data.copy()
        if not data.get("status"):
            data["status"] = "inactive" if data.get("merged") == "yes" else "active"
        super().__init__(data, queryset=actor.sees_users())
        for each in self.filters.values():
            each.extra["widget"] = LongSelect
        self.filters["location"].extra["choices"] = [node.choice for node in places_of(actor)]
        # Names alone: a ModelChoiceFilter reads whole LMSs, through a cursor on the server.
        self.filters["lms"].extra["choices"] = LMS.objects.order_by("name").values_list("pk", "name")
        self.actor = actor

    @property
    def narrowing(self) -> int:
        """Return how many filters are set beyond the usual."""
        usual = {"status": "active"}
        return sum(1 for name in self.filters if (value := self.data.get(name)) and value != usual.get(name))

    def by_status(self, users: Users, _name: str, value: str) -> Users:
        """Keep active or inactive users."""
        return users if value == "all" else users.filter(status=value)

    def by_location(self, users: Users, _name: str, value: str) -> Users:
        """Keep users who are in a location or below it."""
        return users.filter(location__in=below(value))

    def by_lms(self, users: Users, _name: str, value: str) -> Users:
        """Keep users who have an account of one LMS."""
        return users.filter(Exists(LMSAccount.objects.filter(user=OuterRef("pk"), lms_id=int(value))))

    def by_accounts(self, users: Users, _name: str, value: str) -> Users:
        """Keep users with or without LMS accounts."""
        accounts = Exists(LMSAccount.objects.filter(user=OuterRef("pk")))
        return users.filter(accounts if value == "yes" else ~accounts)

    def by_merged(self, users: Users, _name: str, value: str) -> Users:
        """Keep users who were or were not merged into another."""
        return users.filter(merged_into__isnull=value == "no")

    def by_cross_link(self, users: Users, _name: str, _value: str) -> Users:
        """Keep users one of whose LMS accounts may be somebody else's."""
        return users.filter(pk__in=cross_linked_users().values("pk"))
