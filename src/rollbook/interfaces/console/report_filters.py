"""What a report is narrowed by."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet

from rollbook.interfaces.console.tree import in_order, places_of
from rollbook.interfaces.console.user_filters import LongSelect, below
from rollbook.people.access import UserActor
from rollbook.people.lookups import named
from rollbook.people.models import Location, User
from rollbook.training.catalogue import Category, Course
from rollbook.training.records import Status
from rollbook.training.reports import OVERDUE, Narrowed


def _chosen(value: str) -> int | None:
    return int(value) if value else None


def _day(label: str) -> forms.DateField:
    # The day after the calendar's last one does not exist.
    within = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(9000, 1, 1))]
    picker = forms.DateInput(attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=picker, validators=within)


class ReportForm(forms.Form):
    """Every filter that a report may have; `used` says which it has. Wrong values are as good as none."""

    course = forms.TypedChoiceField(label="Course", coerce=_chosen, empty_value=None, required=False)
    category = forms.TypedChoiceField(
        label="Category and below", coerce=_chosen, empty_value=None, required=False
    )
    location = forms.TypedChoiceField(
        label="Location and below", coerce=_chosen, empty_value=None, required=False
    )
    user = forms.CharField(label="User (e-mail, ID or #number)", required=False, max_length=254)
    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Any"), *Status.choices, (OVERDUE, "Overdue")]
    )
    chapter = forms.IntegerField(label="Chapter (ID number)", required=False, min_value=1, max_value=2**62)
    passed = forms.ChoiceField(
        label="Result", required=False, choices=[("", "Any"), ("yes", "Passed"), ("no", "Not passed")]
    )
    since = _day("From")
    until = _day("Until")

    def __init__(self, data: Any, *, actor: UserActor, used: tuple[str, ...]) -> None:
        super().__init__(data)
        self.actor = actor
        self.fields = {name: self.fields[name] for name in used}
        for name, first, options in (
            ("course", "All", self._courses),
            ("category", "All", self._categories),
            ("location", "Everywhere", self._places),
        ):
            if name in self.fields:
                field: Any = self.fields[name]
                field.widget = LongSelect()
                field.choices = [("", first), *options()]
        self.is_valid()

    @property
    def changed(self) -> bool:
        """Say whether anything narrows the report."""
        return any(self.cleaned_data.values())

    def narrowed(self) -> Narrowed:
        """Return what the report is about, within the actor's scope."""
        values = self.cleaned_data
        return Narrowed(
            locations=self._locations(values.get("location")),
            course_id=values.get("course"),
            category_id=values.get("category"),
            chapter_id=values.get("chapter"),
            users=self._users(values.get("user", "")),
            status=values.get("status", ""),
            passed={"yes": True, "no": False}.get(values.get("passed", "")),
            since=values.get("since"),
            until=values.get("until"),
        )

    def _locations(self, chosen: int | None) -> list[int] | None:
        # As a list, so that the planner knows how many there are.
        if chosen is not None:
            return below(str(chosen))
        if self.actor.everywhere:
            return None
        return list(self.actor.reach(Location.objects.all()).values_list("pk", flat=True))

    def _users(self, text: str) -> "QuerySet[User] | None":
        return self.actor.sees_users(named(text)) if text else None

    def _courses(self) -> list[Any]:
        return list(Course.objects.order_by("title", "pk").values_list("pk", "title"))

    def _categories(self) -> list[Any]:
        return [node.choice for node in in_order(Category.objects.all())]

    def _places(self) -> list[Any]:
        return [node.choice for node in places_of(self.actor)]
