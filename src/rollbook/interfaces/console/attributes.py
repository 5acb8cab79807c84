"""User attributes: the list with the key, and creating, editing and removing one."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.taken import with_people
from rollbook.interfaces.web.tags import MenuItem
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.remove_attribute import RemoveAttribute
from rollbook.operations.save_attribute import SaveAttribute
from rollbook.people.access import Right
from rollbook.people.attribute_checks import AttributeDraft
from rollbook.people.models import UserAttribute


@needs(Right.ATTRIBUTES_VIEW)
def attributes(request: ConsoleRequest) -> HttpResponse:
    """List the user attributes; a key marks those that identify."""
    editable = request.actor.may(Right.ATTRIBUTES_EDIT)
    rows = [(row, menu(row) if editable else []) for row in UserAttribute.objects.all()]
    return render(request, "console/attributes.html", {"rows": rows})


def menu(attribute: UserAttribute) -> list[MenuItem]:
    """Return what may be done to an attribute."""
    items = [MenuItem("Edit", reverse("console:edit_attribute", args=[attribute.pk]), "edit")]
    if not attribute.system:
        href = reverse("console:remove_attribute", args=[attribute.pk])
        items.append(MenuItem("Remove", href, "trash", danger=True, divided=True))
    return items


class AttributeForm(forms.Form):
    """What an attribute is called, holds and does."""

    label = forms.CharField(label="Label", help_text="How people read it.")
    code = forms.CharField(
        label="Code",
        required=False,
        help_text="How integrations and columns of files name it, such as student_id. It never changes.",
    )
    key = forms.BooleanField(
        label="Username attribute: its values identify a user, are unique, and launches are matched on them",
        required=False,
    )
    required = forms.BooleanField(
        label="Required",
        required=False,
        help_text="Nobody is created without it. Users who have no value yet stay as they are until they are edited.",
    )
    kind = forms.ChoiceField(
        label="Kind", choices=UserAttribute.Kind.choices, initial=UserAttribute.Kind.TEXT
    )
    choices = forms.CharField(
        label="Texts to choose from", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For the kind “Choice”: one a line.",
    )  # fmt: skip
    position = forms.IntegerField(
        label="Position", min_value=0, max_value=32767, initial=100, help_text="The lowest comes first."
    )

    def draft(self) -> AttributeDraft:
        """Return what was entered."""
        values = {**self.cleaned_data, "choices": tuple(self.cleaned_data["choices"].splitlines())}
        return AttributeDraft(**values)


class AttributePage(OperationPage):
    """An operation on a user attribute."""

    right = Right.ATTRIBUTES_EDIT
    tone = "primary"

    @property
    def attribute(self) -> UserAttribute | None:
        """Return the attribute that the address names; None for a new one."""
        return get_object_or_404(UserAttribute, pk=self.kwargs["pk"]) if "pk" in self.kwargs else None

    def back(self) -> str:
        """Return the list."""
        return reverse("console:attributes")

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the list."""
        return [("Attributes", self.back())]


class SaveAttributePage(AttributePage):
    """Create or edit an attribute."""

    form_class = AttributeForm

    @property
    def heading(self) -> str:  # type: ignore[override]  # a constant in other pages
        """Return what is done to which attribute."""
        return f"Edit {self.attribute}" if self.attribute else "Create attribute"

    def form(self, data: Any = None) -> AttributeForm:
        """Return the form with how it is now."""
        attribute = self.attribute
        if attribute is None:
            form = AttributeForm(data)
            form.fields["code"].required = True
            return form
        names = ("label", "code", "key", "required", "kind", "position")
        initial = {name: getattr(attribute, name) for name in names} | {
            "choices": "\n".join(attribute.choices)
        }
        form = AttributeForm(data, initial=initial)
        form.fields["code"].disabled = True
        return form

    def operation(self, form: AttributeForm) -> Operation:
        """Return the operation."""
        attribute = self.attribute
        return SaveAttribute(attribute_id=attribute.pk if attribute else None, draft=form.draft())

    def told(self, problem: str) -> str:
        """Lead to the users who clash."""
        return with_people(problem)

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Save 1 attribute" if self.attribute else "Create 1 attribute"


class RemoveAttributePage(AttributePage):
    """Remove an attribute with all its values."""

    heading = "Remove attribute"
    tone = "danger"

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        attribute = self.attribute
        return RemoveAttribute(attribute_id=attribute.pk if attribute else 0)

    def button(self, plan: Plan) -> str:
        """Return "Remove 1 attribute and 20 values"."""
        values = plan.rows - 1
        return f"Remove 1 attribute and {values:,} value{'' if values == 1 else 's'}"
