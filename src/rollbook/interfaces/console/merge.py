"""Merge user: choose the duplicates of a Primary, look at both sides and at what will happen, and do it."""

from typing import Any

from django import forms
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse

from rollbook.common.text import counted
from rollbook.interfaces.console.choosing import UserSearchForm
from rollbook.interfaces.console.doors import ConsoleRequest
from rollbook.interfaces.console.merge_people import side_by_side
from rollbook.interfaces.console.searched_page import SearchedPage
from rollbook.interfaces.console.user_operations import UserOperationPage
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.lms.models import Launch
from rollbook.operations.merge_review import review_of
from rollbook.operations.merge_users import MergeUsers
from rollbook.people.access import Right
from rollbook.people.models import User

# More people than this do not fit beside each other.
BESIDE = 3
# Courses that are shown without being asked for.
COURSES = 20


class MergeForm(UserSearchForm):
    """The duplicates, of whom the Primary is none."""

    def __init__(self, data: Any = None, *, primary: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.primary = primary

    def among(self) -> "QuerySet[User]":
        """Return everybody within reach but the Primary."""
        people = super().among().exclude(pk=self.primary.pk)
        last = Launch.objects.filter(user=OuterRef("pk")).order_by("-id").values("at")[:1]
        return people.annotate(last_launch=Subquery(last)).prefetch_related("identifiers__attribute")

    def clean(self) -> dict[str, Any]:
        """Refuse no choice."""
        values: dict[str, Any] = self.cleaned_data
        if not values.get("user") and not self.errors:
            self.add_error(None, f"Choose the account that is to be merged into {self.primary}.")
        return values


class MergePage(UserOperationPage, SearchedPage):
    """The review: who they are, what becomes of each course and certificate, what moves, stays and ends."""

    right = Right.USERS_MERGE
    heading = "Merge user"
    form_class = MergeForm
    form_template = "console/merge_choose.html"
    template = "console/merge_review.html"
    tone = "primary"
    next_step = "Review the merge"

    def new_form(self, data: Any = None, initial: Any = None) -> MergeForm:
        """Return the form, which knows the Primary."""
        return MergeForm(data, actor=self.request.actor, primary=self.user, initial=initial)

    def form(self, data: Any = None) -> Any:
        """Return the form; where the two change places, `swap` is who was the Primary."""
        if data is not None and "swap" in data:
            data = data.copy()
            data.setlist("user", [data["swap"]])
        return super().form(data)

    def initial(self) -> dict[str, Any]:
        """Look for accounts that are called as the Primary is."""
        return {"look_for_user": self.user.full_name}

    def get(self, request: ConsoleRequest, **_: Any) -> HttpResponse:
        """Show the search, or the review where the address names duplicates already."""
        form = self.form(request.GET if "user" in request.GET else None)
        if not form.is_valid():
            return self.show_form(form)
        return self.show_preview(self.operation(form), form)

    def operation(self, form: Any) -> Operation:
        """Return the merge, in the order in which the duplicates were given."""
        ids = dict.fromkeys(map(int, form.cleaned_data["user"]))
        return MergeUsers(primary_id=self.user.pk, duplicate_ids=tuple(ids))

    def button(self, plan: Plan) -> str:
        """Return "Merge Bea Brown into Ben Baker"."""
        people = self.people(plan)
        if len(people) == 2:
            return f"Merge {people[1]} into {people[0]}"
        return f"Merge {counted(len(people) - 1, 'user')} into {people[0]}" if people else "Merge"

    def done(self, record: OperationRecord) -> str:
        """Return the Primary's page."""
        return self.after

    def people(self, plan: Plan) -> list[User]:
        """Return the Primary and the duplicates, as far as they are there."""
        if not isinstance(plan.operation, MergeUsers):
            return []
        found = self.request.actor.sees_users().select_related("location", "merged_into")
        by_id = found.in_bulk(plan.operation.people)
        return [by_id[pk] for pk in plan.operation.people if pk in by_id]

    def more(self, form: forms.Form | None, plan: Plan | None) -> dict[str, Any]:
        """Return the people side by side, and what will happen to each thing."""
        context: dict[str, Any] = {"person": self.user}
        if plan is None:
            return context
        people = self.people(plan)
        context |= {
            "people": people,
            "primary": people[0] if people else None,
            "duplicates": people[1:],
            "parts": side_by_side(people) if len(people) > 1 else [],
            "many": len(people) > BESIDE,
            "swap_with": people[1] if len(people) == 2 else None,
        }
        if not plan.refusals:
            review = review_of(people[0], people[1:])
            context |= {
                "review": review,
                "contested": review.contested[:COURSES],
                "more_contested": review.contested[COURSES:],
            }
        return context
