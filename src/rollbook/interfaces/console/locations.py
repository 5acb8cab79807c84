"""The location tree, and its operations: create, rename, move, remove."""

from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.tree import in_order, places_of
from rollbook.interfaces.web.tags import MenuItem
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.remove_location import RemoveLocation
from rollbook.operations.save_location import SaveLocation
from rollbook.people.access import Right, UserActor
from rollbook.people.models import Location, User
from rollbook.people.pasted import is_id
from rollbook.people.tree import learners_may_reset


@needs(Right.LOCATIONS_VIEW)
def locations(request: ConsoleRequest) -> HttpResponse:
    """Show the tree within the actor's scope, with the number of active users who are in each place."""
    active = Count("users", filter=Q(users__status=User.Status.ACTIVE))
    rows = request.actor.reach(Location.objects.all()).annotate(active_users=active)
    editable = request.actor.may(Right.LOCATIONS_EDIT)
    nodes = [(node, menu(node.row) if editable else []) for node in in_order(rows)]
    return render(request, "console/locations.html", {"nodes": nodes})


def menu(location: Location) -> list[MenuItem]:
    """Return what may be done to a location."""
    return [
        MenuItem("Rename or move", reverse("console:edit_location", args=[location.pk]), "edit"),
        MenuItem("Create below", f"{reverse('console:create_location')}?parent_id={location.pk}", "plus"),
        MenuItem(
            "Remove",
            reverse("console:remove_location", args=[location.pk]),
            "trash",
            danger=True,
            divided=True,
        ),
    ]


class LocationForm(forms.Form):
    """Name and place of a location, and what its learners may do."""

    name = forms.CharField(label="Name")
    parent_id = forms.TypedChoiceField(label="Lies in", coerce=int, empty_value=None, required=False)

    learners_may_reset = forms.ChoiceField(
        label="Learners may reset what they have in progress",
        required=False,
        help_text="Holds for the locations below as well, unless they say otherwise.",
    )

    def __init__(self, data: Any, *, actor: UserActor, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        top = [("", "nothing: it is at the top of the tree")]
        places: list[Any] = [node.choice for node in places_of(actor)]
        kept = initial.get("parent")
        if kept is not None and kept.pk not in dict(places):
            places.append((kept.pk, str(kept)))
        self.fields["parent_id"].choices = [*top, *places]  # type: ignore[attr-defined]  # a choice field
        above = str(data.get("parent_id") if data else initial.get("parent_id"))
        inherited = "yes" if learners_may_reset(int(above) if is_id(above) else None) else "no"
        self.fields["learners_may_reset"].choices = [  # type: ignore[attr-defined]  # a choice field
            ("", f"As the location above ({inherited})"),
            ("yes", "Yes"),
            ("no", "No"),
        ]


class LocationPage(OperationPage):
    """An operation on the tree."""

    right = Right.LOCATIONS_EDIT
    tone = "primary"

    @property
    def location(self) -> Location | None:
        """Return the location that the address names, if it is in scope; None for a new one."""
        if "pk" not in self.kwargs:
            return None
        return get_object_or_404(
            self.request.actor.reach(Location.objects.select_related("parent")), pk=self.kwargs["pk"]
        )

    def back(self) -> str:
        """Return the tree."""
        return reverse("console:locations")

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the tree."""
        return [("Locations", self.back())]


class SaveLocationPage(LocationPage):
    """Create a location, or rename or move one."""

    form_class = LocationForm

    @property
    def heading(self) -> str:  # type: ignore[override]  # a constant in other pages
        """Return what is done to which location."""
        return f"Rename or move {self.location}" if self.location else "Create location"

    def form(self, data: Any = None) -> LocationForm:
        """Return the form with how it is now."""
        location = self.location
        initial: dict[str, Any] = {"parent_id": self.request.GET.get("parent_id")}
        if location:
            may = {None: "", True: "yes", False: "no"}[location.learners_may_reset]
            initial = {
                "name": location.name,
                "parent_id": location.parent_id,
                "parent": location.parent,
                "learners_may_reset": may,
            }
        return LocationForm(data, actor=self.request.actor, initial=initial)

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        values = form.cleaned_data
        location = self.location
        return SaveLocation(
            location_id=location.pk if location else None,
            name=values["name"],
            parent_id=values["parent_id"],
            learners_may_reset={"": None, "yes": True, "no": False}[values["learners_may_reset"]],
        )

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Save 1 location" if self.location else "Create 1 location"


class RemoveLocationPage(LocationPage):
    """Remove an empty location."""

    heading = "Remove location"
    tone = "danger"

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        location = self.location
        return RemoveLocation(location_id=location.pk if location else 0)

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return "Remove 1 location"
