"""The operations of one user: reset LMS accounts, deactivate, retrieve."""

from dataclasses import replace
from typing import Any

from django import forms
from django.urls import reverse

from rollbook.interfaces.console.doors import seen_user
from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.people_named import hidden_names, seen_ids
from rollbook.ledger.operation import Operation, Plan
from rollbook.lms.evidence import found_in
from rollbook.lms.landing import Landing, landings
from rollbook.lms.models import LMSAccount
from rollbook.operations.deactivate_users import DeactivateUsers
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people.access import Right
from rollbook.people.models import User


class UserOperationPage(OperationPage):
    """An operation on the user whom the address names."""

    tab = "user"

    @property
    def user(self) -> User:
        """Return the user, if the actor may look at that user."""
        return seen_user(self.request, self.kwargs["pk"])

    def back(self) -> str:
        """Return the user's page."""
        return reverse(f"console:{self.tab}", args=[self.kwargs["pk"]])

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the Users report and the user."""
        return [
            ("Users", reverse("console:users")),
            (self.user.full_name, reverse("console:user", args=[self.kwargs["pk"]])),
        ]


class ResetForm(forms.Form):
    """The LMS accounts (ids) whose LMS's id is declared not to be this user."""

    declare_wrong = forms.TypedMultipleChoiceField(coerce=int, required=False)


class ResetLMSAccountsPage(UserOperationPage):
    """What is removed, where each would land next time, declare-wrong boxes, a reason, OK and Cancel."""

    right = Right.LMS_ACCOUNTS_RESET
    heading = "Reset LMS Accounts"
    form_class = ResetForm
    form_within_preview = True
    template = "console/reset_lms_accounts.html"
    tab = "user_lms_accounts"

    def form(self, data: Any = None) -> forms.Form:
        """Return the boxes, one for each account that is there now; a box that is gone is left out without a word."""
        accounts = LMSAccount.objects.filter(user=self.user)
        ids = [str(pk) for pk in accounts.values_list("pk", flat=True)]
        ticked = [pk for pk in data.getlist("declare_wrong") if pk in ids] if data else []
        form = ResetForm({"declare_wrong": ticked})
        form.fields["declare_wrong"].choices = [(pk, pk) for pk in ids]  # type: ignore[attr-defined]  # a choice field
        return form

    def operation(self, form: Any) -> Operation:
        """Return the reset."""
        declared = tuple(sorted(form.cleaned_data["declare_wrong"]))
        return ResetLMSAccounts(user_id=self.user.pk, declare_wrong=declared)

    def button(self, plan: Plan) -> str:
        """Return "Reset 2 LMS accounts"."""
        number = plan.counts.get(LMSAccount._meta.db_table, {}).get("remove", 0)
        return f"Reset {number} LMS account{'' if number == 1 else 's'}"

    def more(self, form: forms.Form | None, plan: Plan | None) -> dict[str, Any]:
        """Return each account with where it would land, and whether its box is ticked."""
        declared = set(form.cleaned_data["declare_wrong"]) if form else set()
        accounts = LMSAccount.objects.filter(user=self.user).select_related("lms", "user")
        return {
            "person": self.user,
            "declared": declared,
            "landings": [self._named(one) for one in landings(accounts, declared=tuple(declared))],
        }

    def _named(self, landing: Landing) -> Landing:
        """Return where it would land, without the names of users whom the actor may not look at."""
        decision = landing.decision
        if decision is None:
            return landing
        about = [person.id for person in (decision.person, *decision.several) if person]
        seen = seen_ids(self.request.actor, [*about, *found_in(decision.evidence())])
        return replace(landing, decision=hidden_names(decision, seen))


class DeactivatePage(UserOperationPage):
    """Make the user inactive."""

    right = Right.USERS_DEACTIVATE
    heading = "Deactivate"

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return DeactivateUsers(user_ids=(self.user.pk,))

    def button(self, plan: Plan) -> str:
        """Return the count."""
        return "Deactivate 1 user"


class RetrievePage(UserOperationPage):
    """Make the user active again."""

    right = Right.USERS_RETRIEVE
    heading = "Retrieve"
    tone = "primary"

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return RetrieveUsers(user_ids=(self.user.pk,))

    def button(self, plan: Plan) -> str:
        """Return the count."""
        return "Retrieve 1 user"
