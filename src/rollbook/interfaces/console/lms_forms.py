"""Registering and editing an LMS: the policy first, the custom rules only where they are asked for."""

from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.tree import places_of
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.lms.models import LMS
from rollbook.operations.save_lms import SaveLMS
from rollbook.operations.set_lms_enabled import SetLMSEnabled
from rollbook.people.access import Right, UserActor
from rollbook.people.models import UserAttribute

ROWS = 4
PLAIN = (
    "name",
    "issuer",
    "client_id",
    "auth_url",
    "key_set_url",
    "token_url",
    "contact",
    "policy",
    "when_missing",
    "when_unproven",
)


def lines(text: str) -> tuple[str, ...]:
    """Return the lines of a text that are not empty."""
    return tuple(filter(None, (line.strip() for line in text.splitlines())))


class LMSForm(forms.Form):
    """What the LMS gave, and who its people are. What may be so is checked by the operation."""

    name = forms.CharField(label="Name", help_text="How administrators call it.")
    policy = forms.ChoiceField(
        label="Who is this?", choices=LMS.Policy.choices, widget=forms.RadioSelect, initial=LMS.Policy.EMAIL
    )
    email_domains = forms.CharField(
        label="E-mail domains that it may vouch for", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line, such as example.org. Other addresses it sends count as not sent.",
    )  # fmt: skip
    when_missing = forms.ChoiceField(
        label="When nobody fits", choices=LMS.WhenMissing.choices, initial=LMS.WhenMissing.REFUSE
    )
    when_unproven = forms.ChoiceField(
        label="When the LMS’s word is not enough", choices=LMS.WhenUnproven.choices,
        help_text="For users above learner, and for those who have another account of this LMS.",
    )  # fmt: skip
    location_id = forms.TypedChoiceField(label="Users whom it creates go to", coerce=int)
    issuer = forms.CharField(label="Issuer", help_text="Also called platform ID.")
    client_id = forms.CharField(label="Client ID")
    deployment_ids = forms.CharField(
        label="Deployment IDs",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line.",
    )
    auth_url = forms.CharField(
        label="Authentication request URL", help_text="Also called OIDC authorisation endpoint."
    )
    key_set_url = forms.CharField(label="Key-set URL", help_text="Also called public keyset or JWKS URL.")
    token_url = forms.CharField(label="Token URL", required=False)
    contact = forms.CharField(label="Whom a refused person should ask", required=False)

    def __init__(self, data: Any, *, actor: UserActor, lms: LMS | None) -> None:
        super().__init__(data, initial=given(lms) if lms else None)
        self.fields["location_id"].choices = [node.choice for node in places_of(actor)]  # type: ignore[attr-defined]  # a choice field
        targets = [("", "–"), ("email", "E-mail")]
        targets += list(UserAttribute.objects.filter(key=True).values_list("code", "label"))
        for row in range(ROWS):
            self.fields[f"claim_{row}"] = forms.CharField(
                label="Claim",
                required=False,
                widget=forms.TextInput(attrs={"list": "claims", "placeholder": "lis.person_sourcedid"}),
            )
            self.fields[f"target_{row}"] = forms.ChoiceField(
                label="is matched on", choices=targets, required=False
            )

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """Return the fields of the matchers, a pair a row."""
        return [(self[f"claim_{row}"], self[f"target_{row}"]) for row in range(ROWS)]

    @property
    def shared(self) -> list[Any]:
        """Return the fields of every LMS, besides policy and name."""
        names = (
            "location_id",
            "when_unproven",
            "issuer",
            "client_id",
            "deployment_ids",
            "auth_url",
            "key_set_url",
            "token_url",
            "contact",
        )
        return [self[name] for name in names]

    def values(self) -> dict[str, Any]:
        """Return what was entered, as the operation takes it."""
        entered = self.cleaned_data
        pairs = ((entered[f"claim_{row}"], entered[f"target_{row}"]) for row in range(ROWS))
        return {
            **{name: entered[name] for name in (*PLAIN, "location_id")},
            "deployment_ids": lines(entered["deployment_ids"]),
            "email_domains": lines(entered["email_domains"]),
            # With those left empty: a problem names the row that it is about.
            "matchers": tuple(pairs),
        }


def given(lms: LMS) -> dict[str, Any]:
    """Return what the form starts with."""
    matchers = {f"claim_{row}": claim for row, (claim, _) in enumerate(lms.matchers)}
    matchers |= {f"target_{row}": target for row, (_, target) in enumerate(lms.matchers)}
    return {
        **{name: getattr(lms, name) for name in (*PLAIN, "location_id")},
        "deployment_ids": "\n".join(lms.deployments.order_by("pk").values_list("deployment_id", flat=True)),
        "email_domains": "\n".join(lms.email_domains),
        **matchers,
    }


class LMSPage(OperationPage):
    """An operation on an LMS, or on a new one."""

    right = Right.LMS_EDIT
    tone = "primary"

    @property
    def lms(self) -> LMS | None:
        """Return the LMS that the address names; None for a new one."""
        return get_object_or_404(LMS, pk=self.kwargs["pk"]) if "pk" in self.kwargs else None

    def back(self) -> str:
        """Return the LMS's page, or the list for a new one."""
        return (
            reverse("console:lms", args=[self.kwargs["pk"]])
            if "pk" in self.kwargs
            else reverse("console:lmss")
        )

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the list and the LMS."""
        lms = self.lms
        return [("LMSs", reverse("console:lmss")), *([(lms.name, self.back())] if lms else [])]


class SaveLMSPage(LMSPage):
    """Register an LMS, or edit one."""

    form_class = LMSForm
    form_template = "console/lms_form.html"

    @property
    def heading(self) -> str:  # type: ignore[override]  # a constant in other pages
        """Return what is done to which LMS."""
        return f"Edit {self.lms}" if self.lms else "Register LMS"

    def form(self, data: Any = None) -> LMSForm:
        """Return the form with how it is now."""
        return LMSForm(data, actor=self.request.actor, lms=self.lms)

    def operation(self, form: LMSForm) -> Operation:
        """Return the operation."""
        lms = self.lms
        return SaveLMS(lms_id=lms.pk if lms else None, enabled=lms.enabled if lms else True, **form.values())

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Save 1 LMS" if self.lms else "Register 1 LMS"

    def done(self, record: OperationRecord) -> str:
        """Return the page of the LMS."""
        created = record.changes.filter(table=LMS._meta.db_table, kind="create").first()
        return reverse("console:lms", args=[created.row_id]) if created else self.after


class SwitchLMSPage(LMSPage):
    """Accept the launches of an LMS, or refuse them from now on."""

    @property
    def heading(self) -> str:  # type: ignore[override]  # a constant in other pages
        """Return what is done."""
        return f"Switch {self.lms} {'off' if self.lms and self.lms.enabled else 'on'}"

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        lms = get_object_or_404(LMS, pk=self.kwargs["pk"])
        return SetLMSEnabled(lms_id=lms.pk, enabled=not lms.enabled)

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return f"{self.heading.split()[0]} 1 LMS {self.heading.split()[-1]}"
