"""Pages that say who an LMS's id is: link, remove just this one, declare wrong, withdraw."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.urls import reverse

from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.ledger.operation import Operation, Plan
from rollbook.lms.models import DeclaredWrong, Launch, LMSAccount
from rollbook.lms.queue import possible_cross_links, visible_launches, waiting
from rollbook.operations.declare_wrong import DeclareWrong
from rollbook.operations.link_lms_account import LinkLMSAccount
from rollbook.operations.withdraw_wrong import WithdrawWrong
from rollbook.people.access import Right, UserActor
from rollbook.people.lookups import named
from rollbook.people.models import User


@dataclass(frozen=True)
class Pair:
    """An LMS, its id for a person, and the user whom it leads to now."""

    lms_id: int
    subject: str
    holder: User | None


class UserField(forms.CharField):
    """A user whom the actor sees, by e-mail, any identifier, or #number."""

    def __init__(self, actor: UserActor, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.actor = actor

    def clean(self, value: Any) -> str:
        """Return the id of the one user who is meant."""
        text = super().clean(value)
        found = list(self.actor.sees_users(named(text))[:2])
        if len(found) > 1:
            raise ValidationError(
                "Several users have this. Give the e-mail address, or # and the ID of the user's page."
            )
        if not found:
            raise ValidationError(
                "There is no such user among those whom you manage. Give an e-mail address, an ID, or # and the ID of the"
                " user's page, such as #12."
            )
        return str(found[0].pk)


class DeclareForm(forms.Form):
    """Whether the pair of now is declared wrong."""

    declare_wrong = forms.BooleanField(required=False)

    def __init__(self, data: Any, *, pair: Pair) -> None:
        super().__init__(data)
        if pair.holder is None:
            del self.fields["declare_wrong"]
        else:
            self.fields[
                "declare_wrong"
            ].label = f"{pair.subject} is not {pair.holder.full_name}: never link the two again by itself"


class LinkForm(DeclareForm):
    """To whom the LMS account goes."""

    field_order = ("user", "declare_wrong")

    def __init__(self, data: Any, *, pair: Pair, actor: UserActor) -> None:
        super().__init__(data, pair=pair)
        hint = "E-mail address, any ID, or # and the ID of the user's page, such as #12."
        self.fields["user"] = UserField(actor, label="Link to", help_text=hint)
        self.order_fields(self.field_order)


class PairPage(OperationPage):
    """A page about one pair."""

    right = Right.LMS_ACCOUNTS_LINK

    @abstractmethod
    def pair(self) -> Pair:
        """Return the pair that the address names. Raises Http404."""

    def linked_to(self, user_id: int | None, form: forms.Form | None = None) -> Operation:
        """Return the operation that lets the pair lead to a user, or to nobody."""
        pair = self.pair()
        # The new LMS User ID is part of what was previewed.
        given = {"lms_user_id": kept} if (kept := self.request.POST.get("lms_user_id")) else {}
        declare = bool(form and form.cleaned_data.get("declare_wrong"))
        return LinkLMSAccount(
            lms_id=pair.lms_id, subject=pair.subject, user_id=user_id, declare_wrong=declare, **given
        )

    def more(self, form: forms.Form | None, plan: Plan | None) -> dict[str, Any]:
        """Keep the new LMS User ID from the preview to the end, and say whom the pair is about."""
        operation = plan.operation if plan else None
        hidden = {"lms_user_id": operation.lms_user_id} if isinstance(operation, LinkLMSAccount) else {}
        return {"hidden": hidden, "pair": self.pair()}

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Link 1 LMS account"


class AccountPage(PairPage):
    """A page about an LMS account that there is."""

    def account(self) -> LMSAccount:
        """Return the account, if the actor may look at its user."""
        rows = LMSAccount.objects.filter(user__in=self.request.actor.sees_users().values("pk"))
        return get_object_or_404(rows.select_related("user", "lms"), pk=self.kwargs["pk"])

    def pair(self) -> Pair:
        """Return the account's pair."""
        account = self.account()
        return Pair(account.lms_id, account.subject, account.user)

    def back(self) -> str:
        """Return the LMS accounts of the user; the report once the account is gone."""
        account = LMSAccount.objects.filter(pk=self.kwargs["pk"]).first()
        return (
            reverse("console:user_lms_accounts", args=[account.user_id])
            if account
            else reverse("console:users")
        )

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the Users report and the user."""
        user = self.account().user
        return [
            ("Users", reverse("console:users")),
            (user.full_name, reverse("console:user_lms_accounts", args=[user.pk])),
        ]


class LinkAccountPage(AccountPage):
    """Point an LMS account at another user."""

    heading = "Link to another user"
    form_class = LinkForm
    form_template = "console/link_form.html"
    tone = "primary"

    def form(self, data: Any = None) -> LinkForm:
        """Return the form."""
        return LinkForm(data, pair=self.pair(), actor=self.request.actor)

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return self.linked_to(int(form.cleaned_data["user"]), form)


class RemoveAccountPage(AccountPage):
    """Remove just this one LMS account."""

    heading = "Remove just this LMS account"
    form_class = DeclareForm
    form_within_preview = True
    template = "console/remove_lms_account.html"

    def form(self, data: Any = None) -> DeclareForm:
        """Return the form."""
        return DeclareForm(data or {}, pair=self.pair())

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return self.linked_to(None, form)

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Remove 1 LMS account"


class CasePage(PairPage):
    """A page about a launch: one that waits, or one that is a possible cross-link."""

    tone = "primary"

    def case(self) -> Launch:
        """Return the launch, while there is something to decide."""
        seen = visible_launches(self.request.actor).order_by()
        cases = waiting(seen).values("pk").union(possible_cross_links(seen).values("pk"))
        rows = Launch.objects.filter(pk__in=cases).select_related("lms", "user", "contradicts")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def pair(self) -> Pair:
        """Return the launch's pair."""
        case = self.case()
        return Pair(case.lms_id, case.subject, case.user if case.contradicts_id else None)

    def back(self) -> str:
        """Return the queue."""
        return reverse("console:queue")

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the queue."""
        return [("Queue", self.back())]


class ApprovePage(CasePage):
    """Yes, it is the user whom the case suggests."""

    right = Right.QUEUE_DECIDE
    heading = "Link to the suggested user"

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return self.linked_to(self.case().user_id)


class LinkLaunchPage(CasePage):
    """It is somebody else: link to that user."""

    heading = "Link to a user"
    form_class = LinkForm
    form_template = "console/link_form.html"

    def form(self, data: Any = None) -> LinkForm:
        """Return the form."""
        return LinkForm(data, pair=self.pair(), actor=self.request.actor)

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return self.linked_to(int(form.cleaned_data["user"]), form)


class DeclareWrongPage(CasePage):
    """No, it is not the user whom the case suggests."""

    right = Right.QUEUE_DECIDE
    heading = "Declare wrong"
    tone = "danger"

    def operation(self, form: Any) -> Operation:
        """Return the operation: about the other user where the launch names one, else about the suggested one."""
        case = self.case()
        return DeclareWrong(
            lms_id=case.lms_id, subject=case.subject, user_id=case.contradicts_id or case.user_id or 0
        )

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Declare 1 pair wrong"


class WithdrawPage(OperationPage):
    """Take a declaration back, so that matchers may link the pair again."""

    right = Right.QUEUE_DECIDE
    heading = "Withdraw"

    def declared(self) -> DeclaredWrong | None:
        """Return the declaration, while there is one about a user whom the actor sees."""
        rows = DeclaredWrong.objects.filter(user__in=self.request.actor.sees_users().values("pk"))
        return rows.filter(pk=self.kwargs["pk"]).first()

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return WithdrawWrong(
            declared_id=get_object_or_404(DeclaredWrong, pk=getattr(self.declared(), "pk", 0)).pk
        )

    def back(self) -> str:
        """Return the LMS accounts of the user."""
        declared = self.declared()
        return (
            reverse("console:user_lms_accounts", args=[declared.user_id])
            if declared
            else reverse("console:users")
        )

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Withdraw 1 declaration"
