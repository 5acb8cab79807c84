"""The two tools: [203] Reset Training Data and [204] Reset In-Progress Data."""

from typing import Any, ClassVar

from django import forms
from django.urls import reverse

from rollbook.common.text import counted
from rollbook.interfaces.console.choosing import NumbersField, TrainingChoiceForm, UserChoiceForm
from rollbook.interfaces.console.doors import seen_user
from rollbook.interfaces.console.searched_page import SearchedPage
from rollbook.interfaces.console.user_operations import UserOperationPage
from rollbook.interfaces.web.large import users_in
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.reset_in_progress import ResetInProgress
from rollbook.operations.reset_training import ResetTraining
from rollbook.people.access import Right
from rollbook.people.selection import UserSelection
from rollbook.training.catalogue import ContentRole
from rollbook.training.selection import ContentSelection

TABS = (("console:reset_training", "User"), ("console:reset_training_roles", "Content Role"))
KINDS = {"chapter": "chapter_ids", "course": "course_ids", "category": "category_ids"}


class OptionsForm(forms.Form):
    """What becomes of certificates, and whether learners are told."""

    certificates = forms.ChoiceField(
        label="Certificates and competencies earned by what is erased",
        choices=[("keep", "Keep them: they stay valid"), ("revoke", "Revoke them")],
        initial="keep",
        widget=forms.RadioSelect,
    )
    notify = forms.BooleanField(
        label="Tell the learners by e-mail, those with Send notifications on", required=False
    )


class TrainingForm(OptionsForm, TrainingChoiceForm):
    """The User tab."""


class RolesForm(OptionsForm, UserChoiceForm):
    """The Content Role tab."""

    role = forms.ModelMultipleChoiceField(
        label="Content roles",
        queryset=ContentRole.objects.order_by("name"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one content role."},
        help_text="Every chapter and course in them is reset.",
    )


class ChoosingPage(SearchedPage):
    """A page on which users are searched for and chosen."""

    form_class: ClassVar[type[UserChoiceForm]]

    def new_form(self, data: Any = None, initial: Any = None) -> Any:
        """Return the form, which knows whom the actor may choose."""
        return self.form_class(data, actor=self.request.actor, initial=initial)

    def done(self, record: OperationRecord) -> str:
        """Return the page of the operation, which says how many were changed."""
        return reverse("console:operation", args=[record.pk])

    def button(self, plan: Plan) -> str:
        """Return "Reset 2 users"."""
        return f"Reset {counted(users_in(plan), 'user')}"


class ResetTrainingPage(ChoosingPage):
    """[203], the User tab: users, then chapters and courses."""

    right = Right.TRAINING_RESET
    heading = "Reset Training Data [203]"
    form_class: ClassVar[type[UserChoiceForm]] = TrainingForm
    form_template = "console/reset_training.html"
    tab = "console:reset_training"

    def content(self, values: dict[str, Any]) -> ContentSelection:
        """Return what is reset, of the cleaned form."""
        return ContentSelection(
            course_ids=tuple(sorted(map(int, values["course"]))),
            chapter_ids=tuple(sorted(map(int, values["chapter"]))),
        )

    def operation(self, form: Any) -> Operation:
        """Return the reset."""
        values = form.cleaned_data
        return ResetTraining(
            users=form.selection(),
            content=self.content(values),
            revoke=values["certificates"] == "revoke",
            notify=values["notify"],
        )

    def more(self, form: forms.Form | None, plan: Plan | None) -> dict[str, Any]:
        """Return the tabs."""
        return {"tabs": [(label, reverse(name), name == self.tab) for name, label in TABS]}


class ResetRolesPage(ResetTrainingPage):
    """[203], the Content Role tab: users, then content roles."""

    form_class = RolesForm
    tab = "console:reset_training_roles"

    def content(self, values: dict[str, Any]) -> ContentSelection:
        """Return what is reset, of the cleaned form."""
        return ContentSelection(content_role_ids=tuple(sorted(role.pk for role in values["role"])))


class ResetUserTrainingPage(ResetTrainingPage):
    """[203] from a user's page: that user is ticked."""

    def initial(self) -> dict[str, Any]:
        """Return the user whom the address names."""
        return {"user": [seen_user(self.request, self.kwargs["pk"]).pk]}

    def back(self) -> str:
        """Return the user's page."""
        return reverse("console:user", args=[seen_user(self.request, self.kwargs["pk"]).pk])


class InProgressForm(UserChoiceForm):
    """ID numbers and what they are numbers of; users only where not everybody is meant."""

    numbers = NumbersField(
        label="ID Number(s)",
        help_text="Separated by spaces, commas or line breaks.",
        error_messages={"required": "Give at least one ID number."},
    )
    kind = forms.ChoiceField(
        label="ID Type",
        choices=[("", "Choose"), ("chapter", "Chapter"), ("course", "Course"), ("category", "Category")],
        error_messages={"required": "Choose what the numbers are of: chapters, courses or categories."},
    )
    nobody_chosen = ""


class ResetInProgressPage(ChoosingPage):
    """[204]: ID numbers and ID type, for everybody within reach or for some."""

    right = Right.IN_PROGRESS_RESET
    heading = "Reset In-Progress Data [204]"
    form_class = InProgressForm
    form_template = "console/reset_in_progress.html"

    def operation(self, form: Any) -> Operation:
        """Return the reset."""
        values, users = form.cleaned_data, form.selection()
        if not users.is_named and users.location_id is None:
            users = UserSelection(everybody=True, status=users.status, access_level=users.access_level)
        return ResetInProgress(
            users=users, content=ContentSelection(**{KINDS[values["kind"]]: values["numbers"]})
        )


class ResetUserInProgressPage(UserOperationPage):
    """Reset ALL In-Progress Chapters of one user."""

    right = Right.IN_PROGRESS_RESET
    heading = "Reset ALL In-Progress Chapters"
    tab = "user_preference"

    def operation(self, form: Any) -> Operation:
        """Return the reset."""
        return ResetInProgress(users=UserSelection(ids=(self.user.pk,)))

    def button(self, plan: Plan) -> str:
        """Return "Reset 1 user"."""
        return "Reset ALL In-Progress Chapters"
