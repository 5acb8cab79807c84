"""Enrol users on courses, withdraw them, give and take content roles: for one user, or for many."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.urls import reverse

from rollbook.common.text import counted
from rollbook.interfaces.console.choosing import CourseSearchForm, UserChoiceForm
from rollbook.interfaces.console.doors import seen_user
from rollbook.interfaces.console.resets import ChoosingPage
from rollbook.interfaces.web.large import users_in
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.enrol_users import EnrolUsers
from rollbook.operations.grant_content_roles import GrantContentRoles
from rollbook.operations.withdraw_enrolments import WithdrawEnrolments
from rollbook.people.access import Right
from rollbook.training.catalogue import ContentRole, Course


class CoursesForm(CourseSearchForm, UserChoiceForm):
    """Users and courses."""

    def clean(self) -> dict[str, Any]:
        """Refuse no choice."""
        values: dict[str, Any] = super().clean() or {}
        if not values.get("course"):
            self.add_error(None, "Choose at least one course.")
        return values

    def course_ids(self) -> tuple[int, ...]:
        """Return which courses are meant, of a valid form."""
        return tuple(sorted(map(int, self.cleaned_data["course"])))


class EnrolForm(CoursesForm):
    """Besides: whether completed courses are begun again."""

    again = forms.BooleanField(
        label="Whoever has completed a course begins it again",
        required=False,
        help_text="The completed enrolment becomes historical; its certificate stays.",
    )

    def offered(self) -> "QuerySet[Course]":
        """Return the open courses: nobody is enrolled on others."""
        return super().offered().filter(open=True)


class RolesForm(UserChoiceForm):
    """Users and content roles."""

    take_away = forms.ChoiceField(
        label="What to do",
        choices=[("no", "Give content roles"), ("yes", "Take content roles away")],
        initial="no",
        widget=forms.RadioSelect,
    )
    role = forms.ModelMultipleChoiceField(
        label="Content roles",
        queryset=ContentRole.objects.order_by("name"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one content role."},
    )


class ForUsersPage(ChoosingPage):
    """Users are chosen; where the address names one, that one is ticked."""

    tone = "primary"
    form_template = "console/enrolments.html"
    lead = ""

    def initial(self) -> dict[str, Any]:
        """Return the user and the course that the address names."""
        chosen: dict[str, Any] = {}
        if "pk" in self.kwargs:
            chosen["user"] = [seen_user(self.request, self.kwargs["pk"]).pk]
        course = self.request.GET.get("course", "")
        return chosen | ({"course": [course]} if course.isascii() and course.isdecimal() else {})

    def back(self) -> str:
        """Return the user's Training tab, or the Users report."""
        if "pk" not in self.kwargs:
            return reverse("console:users")
        return reverse("console:user_training", args=[seen_user(self.request, self.kwargs["pk"]).pk])

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the Users report, and the user."""
        above = [("Users", reverse("console:users"))]
        if "pk" in self.kwargs:
            above.append((seen_user(self.request, self.kwargs["pk"]).full_name, self.back()))
        return above

    def more(self, form: forms.Form | None, plan: Plan | None) -> dict[str, Any]:
        """Return what the page is for."""
        return {"lead": self.lead}


class EnrolPage(ForUsersPage):
    """Put users on courses."""

    right = Right.ENROLMENTS_EDIT
    heading = "Enrol users"
    form_class = EnrolForm
    lead = "Users are enrolled on courses, due as each course says. Whoever is on a course already stays as they are."

    def operation(self, form: Any) -> Operation:
        """Return the enrolment."""
        again = form.cleaned_data["again"]
        return EnrolUsers(users=form.selection(), course_ids=form.course_ids(), again=again)

    def button(self, plan: Plan) -> str:
        """Return "Enrol 2 users"."""
        return f"Enrol {counted(users_in(plan), 'user')}"


class WithdrawPage(ForUsersPage):
    """Take users off courses."""

    right = Right.ENROLMENTS_EDIT
    heading = "Withdraw users from courses"
    tone = "danger"
    form_class = CoursesForm
    lead = (
        "What nobody has begun is removed. What was begun or completed stays in the transcript, as history."
    )

    def operation(self, form: Any) -> Operation:
        """Return the withdrawal."""
        return WithdrawEnrolments(users=form.selection(), course_ids=form.course_ids())

    def button(self, plan: Plan) -> str:
        """Return "Withdraw 2 users"."""
        return f"Withdraw {counted(users_in(plan), 'user')}"


class GrantRolesPage(ForUsersPage):
    """Give or take content roles."""

    right = Right.CONTENT_ROLES_GRANT
    heading = "Content roles of users"
    form_class = RolesForm
    lead = (
        "Users see the courses and chapters of their content roles. Taking a role away leaves what was done."
    )

    def operation(self, form: Any) -> Operation:
        """Return the grant."""
        roles = tuple(sorted(role.pk for role in form.cleaned_data["role"]))
        take_away = form.cleaned_data["take_away"] == "yes"
        return GrantContentRoles(users=form.selection(), content_role_ids=roles, take_away=take_away)

    def button(self, plan: Plan) -> str:
        """Return "Change 2 users"."""
        return f"Change {counted(users_in(plan), 'user')}"
