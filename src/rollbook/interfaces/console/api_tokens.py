"""API tokens: the list with their last use, creating one, whose secret is shown once, and revoking one."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.tree import places_of
from rollbook.interfaces.web.tags import MenuItem
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.create_api_token import NAME_LENGTH, CreateApiToken
from rollbook.operations.revoke_api_token import RevokeApiToken
from rollbook.people.access import Right, UserActor
from rollbook.people.api_tokens import ApiToken, issue


@needs(Right.API_TOKENS_EDIT)
def api_tokens(request: ConsoleRequest) -> HttpResponse:
    """List the tokens: those that work, then those that do not any more, newest first."""
    rows = ApiToken.objects.select_related("location", "created_by").order_by("-pk")
    ordered = sorted(rows, key=lambda row: bool(row.stopped))
    return render(request, "console/api_tokens.html", {"rows": [(row, menu(row)) for row in ordered]})


def menu(token: ApiToken) -> list[MenuItem]:
    """Return what may be done to a token."""
    if token.revoked_at:
        return []
    href = reverse("console:revoke_api_token", args=[token.pk])
    return [MenuItem("Revoke", href, "ban", danger=True)]


# What each right lets a system do, through the API or SCIM. Rights that neither asks for are not offered.
LETS = {
    Right.USERS_VIEW: "see users, their IDs and LMS accounts",
    Right.USERS_CREATE: "create learners",
    Right.USERS_EDIT: "change names, e-mail addresses, locations, attributes and IDs of learners",
    Right.USERS_DEACTIVATE: "make learners inactive",
    Right.USERS_RETRIEVE: "make inactive learners active again",
    Right.USERS_MERGE: "merge accounts of learners",
    Right.USERS_IMPORT: "send spreadsheets of users, import and link them",
    Right.LMS_ACCOUNTS_RESET: "remove LMS accounts",
    Right.LMS_ACCOUNTS_LINK: "link LMS accounts to learners",
    Right.LAUNCHES_VIEW: "see launches and their decisions",
    Right.QUEUE_DECIDE: "declare pairs of LMS account and user wrong, and withdraw that",
    Right.LMS_EDIT: "register, change and switch LMSs",
    Right.LOCATIONS_VIEW: "see locations",
    Right.LOCATIONS_EDIT: "create, change and remove locations",
    Right.ATTRIBUTES_VIEW: "see which user attributes there are",
    Right.ATTRIBUTES_EDIT: "create, change and remove user attributes",
    Right.OPERATIONS_VIEW: "see what was done, by whom and why",
    Right.CATALOGUE_EDIT: "build courses, categories, content roles and competencies",
    Right.CONTENT_ROLES_GRANT: "give content roles to learners and take them",
    Right.ENROLMENTS_EDIT: "enrol learners and withdraw them",
    Right.TRAINING_VIEW: "see enrolments, progress and transcripts",
    Right.TRAINING_RESET: "reset training data [203]",
    Right.IN_PROGRESS_RESET: "reset in-progress data [204]",
    Right.SCIM_CONNECT: "be an identity provider, through SCIM and nothing else",
    Right.SCIM_ADOPT: "as an identity provider, take over learners who are there already",
}


def scim_address() -> str:
    """Return the address that an identity provider asks for."""
    return settings.PUBLIC_URL + reverse("scim:scim", args=["Users"]).removesuffix("/Users")


def addresses(token: ApiToken) -> list[tuple[str, str]]:
    """Return the addresses that the system needs, each after what it is called there."""
    if Right.SCIM_CONNECT in token.rights:
        return [
            ("Address for SCIM (in Entra ID: Tenant URL; in Okta: SCIM connector base URL)", scim_address())
        ]
    root, docs = (settings.PUBLIC_URL + reverse(f"api:{name}") for name in ("api-root", "openapi-view"))
    return [("Address of the API", root.rstrip("/")), ("What it can do, to read and to try out", docs)]


class TokenForm(forms.Form):
    """Which system it is for, and what that may do. What may be so is checked by the operation."""

    name = forms.CharField(
        label="Name", max_length=NAME_LENGTH,
        help_text="The system that will use it, such as HR export. Its operations are recorded as api:NAME.",
    )  # fmt: skip
    rights = forms.MultipleChoiceField(
        label="It may",
        choices=[(right.value, f"{right}: {what}") for right, what in LETS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text="No more than it needs. It changes learners only, whatever is chosen here.",
        error_messages={"required": "Choose at least one right."},
    )
    location_id = forms.TypedChoiceField(
        label="Where",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="There and in all places below.",
    )
    expires_on = forms.DateField(
        label="Works until", required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text="To the end of this day; empty: until it is revoked.",
    )  # fmt: skip

    def __init__(self, data: Any, *, actor: UserActor) -> None:
        super().__init__(data)
        places = [("", "Everywhere"), *(node.choice for node in places_of(actor))]
        self.fields["location_id"].choices = places  # type: ignore[attr-defined]  # a choice field


class TokenPage(OperationPage):
    """An operation on an API token."""

    right = Right.API_TOKENS_EDIT

    def back(self) -> str:
        """Return the list."""
        return reverse("console:api_tokens")

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the list."""
        return [("API tokens", self.back())]


class CreateTokenPage(TokenPage):
    """Create a token, and show its secret once."""

    heading = "Create API token"
    tone = "primary"
    form_class = TokenForm

    def form(self, data: Any = None) -> TokenForm:
        """Return the form with the locations in scope."""
        return TokenForm(data, actor=self.request.actor)

    def operation(self, form: TokenForm) -> Operation:
        """Return the operation."""
        entered = form.cleaned_data
        day = entered["expires_on"]
        return CreateApiToken(
            name=entered["name"],
            rights=tuple(entered["rights"]),
            location_id=entered["location_id"],
            expires_on=day.isoformat() if day else "",
        )

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Create 1 API token"

    def finished(self, record: OperationRecord) -> HttpResponse:
        """Issue the secret and show it: nowhere is it kept from where it could be shown again."""
        token = ApiToken.objects.get(pk=record.created_ids(ApiToken._meta.db_table)[0])
        values = [("Secret", issue(token.pk)), *addresses(token)]
        context = {"token": token, "values": values, "breadcrumbs": self.breadcrumbs()}
        request: HttpRequest = self.request
        response = render(request, "console/api_token_issued.html", context)
        response["Cache-Control"] = "no-store"
        return response


class RevokeTokenPage(TokenPage):
    """Revoke a token."""

    heading = "Revoke API token"

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return RevokeApiToken(token_id=get_object_or_404(ApiToken, pk=self.kwargs["pk"]).pk)

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Revoke 1 API token"
