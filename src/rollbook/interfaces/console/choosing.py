"""Choosing users and training in a form: searched, pasted, by location or filter. Nothing is remembered from before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from rollbook.common.text import listed, tidy
from rollbook.interfaces.console.tree import places_of
from rollbook.interfaces.console.user_filters import LongSelect
from rollbook.people.access import UserActor
from rollbook.people.models import AccessLevel, User
from rollbook.people.pasted import is_id, parts_of
from rollbook.people.search import find_users
from rollbook.people.selection import UserSelection
from rollbook.training.catalogue import Chapter, Course

FOUND = 20
MOST_PASTED = 10_000
LONGEST_SEARCH = 200
NAMED = 5
EVERYWHERE = "all"


class IdsField(forms.MultipleChoiceField):
    """Ids of ticked rows; whether they are there is the operation's to say."""

    def __init__(self) -> None:
        super().__init__(required=False)

    def valid_value(self, value: Any) -> bool:
        """Say whether it can be an id."""
        return is_id(str(value))

    def clean(self, value: Any) -> list[str]:
        """Return the ids, as text so that the form can show them again."""
        ids: list[str] = super().clean(value)
        return ids


class PastedField(forms.CharField):
    """A list that was pasted: blanks, commas, semicolons and line breaks separate."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}), **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the parts, each once."""
        parts = parts_of(super().clean(value))
        if len(parts) > MOST_PASTED:
            raise ValidationError(f"These are {len(parts):,}. Give {MOST_PASTED:,} at most at one time.")
        return parts


class NumbersField(PastedField):
    """ID numbers that were pasted."""

    def clean(self, value: Any) -> tuple[int, ...]:
        """Return the numbers."""
        parts = [part.removeprefix("#") for part in super().clean(value)]
        if wrong := [f"“{part}”" for part in parts if not is_id(part)]:
            said = listed(wrong[:NAMED], len(wrong))
            raise ValidationError(
                f"{said} {'is' if len(wrong) == 1 else 'are'} no ID number. Give digits only."
            )
        return tuple(dict.fromkeys(map(int, parts)))


@dataclass(frozen=True)
class Choice:
    """A box to tick."""

    row: Any
    ticked: bool
    below: "Sequence[Choice]" = ()


@dataclass(frozen=True)
class Found:
    """Boxes to tick, and whether there are more that fit than are shown."""

    choices: Sequence[Choice]
    more: bool


class SearchForm(forms.Form):
    """What is searched for and ticked, before the form is checked."""

    def ticked(self, name: str) -> list[int]:
        """Return the ids that are ticked in a field, whether or not the form was sent."""
        return [int(pk) for pk in self[name].value() or [] if is_id(str(pk))]

    def looked_for(self, name: str) -> str:
        """Return what a search field holds, made up here because the form was not checked yet."""
        return tidy(str(self[name].value() or "").replace("\x00", "")[:LONGEST_SEARCH])


class UserSearchForm(SearchForm):
    """Users whom the actor may change, searched and ticked."""

    look_for_user = forms.CharField(label="Search for users", required=False, max_length=LONGEST_SEARCH)
    user = IdsField()

    def __init__(self, data: Any = None, *, actor: UserActor, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.actor = actor

    def among(self) -> "QuerySet[User]":
        """Return the users who may be found."""
        return self.actor.reach(User.objects.all())

    def people(self) -> list[Choice]:
        """Return who is ticked, and who fits the search."""
        among = self.among().select_related("location")
        ids = self.ticked("user")
        chosen = [Choice(user, ticked=True) for user in among.filter(pk__in=ids).order_by("pk")]
        text = self.looked_for("look_for_user")
        if not text:
            return chosen
        found = find_users(text, self.among()).ids[: FOUND + len(ids)]
        rows = among.filter(pk__in=set(found) - set(ids)).order_by("last_name", "first_name", "pk")
        return [*chosen, *(Choice(user, ticked=False) for user in rows[:FOUND])]


class UserChoiceForm(UserSearchForm):
    """Users: searched and ticked, pasted, or all of a location; narrowed by status and access level."""

    names = PastedField(
        label="Or paste ID numbers, e-mail addresses or other IDs",
        required=False,
        help_text="Separated by spaces, commas or line breaks.",
    )
    location = forms.ChoiceField(
        label="Or everybody in this location or below", required=False, widget=LongSelect
    )
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Any"), *User.Status.choices])
    level = forms.ChoiceField(
        label="Access level", required=False, choices=[("", "Any"), *AccessLevel.choices]
    )
    nobody_chosen = "Choose at least one user, or a location."

    def __init__(self, data: Any = None, *, actor: UserActor, initial: Any = None) -> None:
        super().__init__(data, actor=actor, initial=initial)
        everywhere = [("", "No location chosen"), (EVERYWHERE, "Everywhere that I manage")]
        places: list[Any] = [node.choice for node in places_of(actor)]
        self.fields["location"].choices = [*everywhere, *places]  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        """Refuse no choice, and two at once: nobody could say which was meant."""
        values: dict[str, Any] = self.cleaned_data
        named = bool(values.get("user") or values.get("names"))
        if named and values.get("location"):
            self.add_error("location", "Choose users one by one or a location, not both.")
        misread = self.errors.keys() & {"user", "names", "location"}
        if self.nobody_chosen and not misread and not named and not values.get("location"):
            self.add_error(None, self.nobody_chosen)
        return values

    def selection(self) -> UserSelection:
        """Return who is meant, of a valid form."""
        values = self.cleaned_data
        place = values.get("location", "")
        return UserSelection(
            ids=tuple(sorted(map(int, values.get("user", ())))),
            names=values["names"],
            location_id=int(place) if place and place != EVERYWHERE else None,
            everybody=place == EVERYWHERE,
            status=values.get("status", ""),
            access_level=values.get("level", ""),
        )

    @property
    def narrowed(self) -> bool:
        """Say whether anything about users was entered."""
        return any(
            self[name].value() for name in ("look_for_user", "user", "names", "location", "status", "level")
        )


class CourseSearchForm(SearchForm):
    """Courses, searched by title or ID number and ticked."""

    look_for_training = forms.CharField(label="Search for courses", required=False, max_length=LONGEST_SEARCH)
    course = IdsField()

    def offered(self) -> "QuerySet[Course]":
        """Return the courses that may be found."""
        return Course.objects.order_by("title", "pk")

    def fitting(self, text: str) -> Q:
        """Return the condition that a course is what was searched for."""
        number = text.removeprefix("#")
        return Q(title__icontains=text) | Q(pk=int(number) if is_id(number) else 0)

    def chosen(self) -> Q:
        """Return the condition that a course is ticked."""
        return Q(pk__in=self.ticked("course"))

    def choice(self, course: Course) -> Choice:
        """Return the box of a course."""
        return Choice(course, course.pk in self.ticked("course"))

    def training(self) -> Found:
        """Return what is ticked, then what fits the search, or the first ones without a search."""
        text, ticked = self.looked_for("look_for_training"), self.chosen()
        others = self.offered().filter(self.fitting(text) if text else Q()).exclude(ticked)[: FOUND + 1]
        rows = [*self.offered().filter(ticked), *others[:FOUND]]
        return Found([self.choice(course) for course in rows], more=len(others) > FOUND)


class TrainingSearchForm(CourseSearchForm):
    """Courses and their chapters, searched and ticked."""

    look_for_training = forms.CharField(
        label="Search for courses and chapters", required=False, max_length=LONGEST_SEARCH
    )
    chapter = IdsField()

    def offered(self) -> "QuerySet[Course]":
        """Return the courses with their chapters."""
        return super().offered().prefetch_related("chapters")

    def fitting(self, text: str) -> Q:
        """Return the condition that a course, or a chapter in it, is what was searched for."""
        number = text.removeprefix("#")
        chapters = Chapter.objects.filter(
            Q(title__icontains=text) | Q(pk=int(number) if is_id(number) else 0)
        )
        return super().fitting(text) | Q(pk__in=chapters.order_by().values("course"))

    def chosen(self) -> Q:
        """Return the condition that a course, or a chapter in it, is ticked."""
        chapters = Chapter.objects.filter(pk__in=self.ticked("chapter"))
        return super().chosen() | Q(pk__in=chapters.order_by().values("course"))

    def choice(self, course: Course) -> Choice:
        """Return the box of a course, above those of its chapters."""
        ticked = self.ticked("chapter")
        below = [Choice(chapter, chapter.pk in ticked) for chapter in course.chapters.all()]
        return Choice(course, course.pk in self.ticked("course"), below)


class TrainingChoiceForm(TrainingSearchForm, UserChoiceForm):
    """Users, and courses and chapters."""

    def clean(self) -> dict[str, Any]:
        """Refuse no choice."""
        values: dict[str, Any] = super().clean() or {}
        if not values.get("course") and not values.get("chapter"):
            self.add_error(None, "Choose at least one course or chapter.")
        return values
