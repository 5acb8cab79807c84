"""Creating and editing a user: the form, and the pages that preview what it would change."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html

from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.taken import with_ways
from rollbook.interfaces.console.tree import places_of
from rollbook.interfaces.console.user_operations import UserOperationPage
from rollbook.interfaces.web.tags import icon
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.create_user import CreateUser
from rollbook.operations.edit_user import EditUser
from rollbook.people.access import Right, UserActor
from rollbook.people.models import AccessLevel, User, UserAttribute
from rollbook.people.profile import Profile


class UserForm(forms.Form):
    """What is given about a user. What may be so is checked by the operation (`people.profile_checks`)."""

    first_name = forms.CharField(label="First name")
    last_name = forms.CharField(label="Last name", required=False)
    email = forms.CharField(
        label="E-mail", required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    location_id = forms.TypedChoiceField(label="Location", coerce=int, empty_value=None)
    access_level = forms.ChoiceField(
        label="Access level", choices=AccessLevel.choices, initial=AccessLevel.LEARNER
    )
    managed_location_ids = forms.TypedMultipleChoiceField(
        label="Manages these locations and all below them", coerce=int, required=False,
        help_text="For location managers and administrators.",
    )  # fmt: skip
    send_notifications = forms.BooleanField(label="Send notifications", required=False, initial=True)

    def __init__(self, data: Any, *, actor: UserActor, user: User | None) -> None:
        super().__init__(data, initial=given(user) if user else None)
        places = [node.choice for node in places_of(actor)]
        self._offer(
            "location_id",
            [("", "Choose…"), *places],
            [(user.location_id, str(user.location))] if user else [],
        )
        levels = [(level.value, level.label) for level in actor.grantable_levels()]
        self._offer(
            "access_level", levels, [(user.access_level, user.get_access_level_display())] if user else []
        )
        managed = (
            [(m.location_id, str(m.location)) for m in user.managed_locations.select_related("location")]
            if user
            else []
        )
        self._offer("managed_location_ids", places, managed)
        if user is not None and user.pk == actor.user_id:
            self.fields["access_level"].help_text = "Nobody changes his or her own access level."
        for attribute in UserAttribute.objects.all():
            self.fields[f"attributes.{attribute.code}"] = attribute_field(attribute)
        self.order_fields(
            ["first_name", "last_name", "email", *[n for n in self.fields if n.startswith("attributes.")]]
        )

    def _offer(self, name: str, choices: list[Any], kept: list[Any]) -> None:
        """Set a field's choices, with what the user has now even where the actor could not give it."""
        known = {value for value, _ in choices}
        self.fields[name].choices = [*choices, *[c for c in kept if c[0] not in known]]  # type: ignore[attr-defined]  # a choice field

    def profile(self) -> Profile:
        """Return what was entered."""
        values = self.cleaned_data
        attributes = {
            name.removeprefix("attributes."): tuple(str(value).splitlines())
            for name, value in values.items()
            if name.startswith("attributes.")
        }
        return Profile(
            first_name=values["first_name"],
            last_name=values["last_name"],
            email=values["email"],
            access_level=values["access_level"],
            location_id=values["location_id"],
            managed_location_ids=tuple(values["managed_location_ids"]),
            attributes=attributes,
            send_notifications=values["send_notifications"],
        )


def attribute_field(attribute: UserAttribute) -> forms.Field:
    """Return the field that fits an attribute; a Username attribute takes several values, one a line."""
    label, needed = attribute.label, attribute.required
    if attribute.key:
        label = format_html("{} {}", label, icon("key", "icon-sm"))
        hint = "Identifies the user. Several may be given, one a line."
        return forms.CharField(
            label=label,
            required=needed,
            help_text=hint,
            widget=forms.Textarea(attrs={"rows": 1, "class": "font-monospace"}),
        )
    if attribute.kind == UserAttribute.Kind.CHOICE:
        return forms.ChoiceField(
            label=label, required=needed, choices=[("", "–"), *[(c, c) for c in attribute.choices]]
        )
    if attribute.kind == UserAttribute.Kind.DATE:
        return forms.CharField(label=label, required=needed, widget=forms.DateInput(attrs={"type": "date"}))
    return forms.CharField(label=label, required=needed)


def given(user: User) -> dict[str, Any]:
    """Return what the form starts with for a user."""
    values: dict[str, list[str]] = {}
    for code, value in user.identifiers.order_by("pk").values_list("attribute__code", "value"):
        values.setdefault(f"attributes.{code}", []).append(value)
    for code, value in user.attribute_values.values_list("attribute__code", "value"):
        values[f"attributes.{code}"] = [value]
    names = ("first_name", "last_name", "email", "access_level", "location_id", "send_notifications")
    return {
        **{name: getattr(user, name) for name in names},
        "managed_location_ids": list(user.managed_locations.values_list("location_id", flat=True)),
        **{name: "\n".join(lines) for name, lines in values.items()},
    }


class CreateUserPage(OperationPage):
    """Enter a new user, see the preview, create."""

    right = Right.USERS_CREATE
    heading = "Create user"
    tone = "primary"
    form_class = UserForm

    def form(self, data: Any = None) -> UserForm:
        """Return the form of a new user."""
        return UserForm(data, actor=self.request.actor, user=None)

    def operation(self, form: UserForm) -> Operation:
        """Return the operation."""
        return CreateUser(profile=form.profile())

    def told(self, problem: str) -> str:
        """Lead to whom belongs what was entered."""
        return with_ways(problem, self.request.actor)

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Create 1 user"

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the Users report."""
        return [("Users", self.back())]

    def done(self, record: OperationRecord) -> str:
        """Return the new user's page."""
        created = record.changes.filter(table=User._meta.db_table, kind="create").first()
        return reverse("console:user", args=[created.row_id]) if created else self.after


class EditUserPage(UserOperationPage):
    """Edit, see what would differ, save."""

    right = Right.USERS_EDIT
    tone = "primary"
    form_class = UserForm

    @property
    def heading(self) -> str:  # type: ignore[override]  # a constant in other pages
        """Return the heading with the user's name."""
        return f"Edit {self.user.full_name}"

    def form(self, data: Any = None) -> UserForm:
        """Return the form with what the user has now."""
        return UserForm(data, actor=self.request.actor, user=self.user)

    def operation(self, form: UserForm) -> Operation:
        """Return the operation."""
        return EditUser(user_id=self.user.pk, profile=form.profile())

    def told(self, problem: str) -> str:
        """Lead to whom belongs what was entered, and to a merge with them."""
        return with_ways(problem, self.request.actor, self.user)

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Save the changes"
