"""The forms of the small parts of the catalogue: categories, competencies, content roles; and removing any part."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Model
from django.shortcuts import get_object_or_404
from django.urls import reverse

from rollbook.common.text import counted
from rollbook.interfaces.console.choosing import TrainingSearchForm
from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.searched_page import SearchedPage
from rollbook.interfaces.console.tree import categories
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.remove_from_catalogue import KINDS, RemoveFromCatalogue
from rollbook.operations.save_category import SaveCategory
from rollbook.operations.save_competency import SaveCompetency
from rollbook.operations.save_content_role import SaveContentRole
from rollbook.people.access import Right
from rollbook.training.catalogue import Category, Chapter, Competency, ContentRole


class CataloguePage(OperationPage):
    """An operation on one row of the catalogue, or on a new one."""

    right = Right.CATALOGUE_EDIT
    tone = "primary"
    model: ClassVar[type[Model]]
    # The list's address, and its heading.
    list_name: ClassVar[str] = "courses"
    list_label: ClassVar[str] = "Courses"

    @property
    def row(self) -> Any:
        """Return the row that the address names; None for a new one."""
        return get_object_or_404(self.model, pk=self.kwargs["pk"]) if "pk" in self.kwargs else None

    @property
    def kind(self) -> str:
        """Return what people call such a row."""
        return str(self.model._meta.verbose_name)

    @property
    def heading(self) -> str:  # type: ignore[override]  # a constant in other pages
        """Return what is done to which row."""
        return f"Edit {self.row}" if self.row else f"Create {self.kind}"

    def back(self) -> str:
        """Return the list."""
        return reverse(f"console:{self.list_name}")

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the list."""
        return [(self.list_label, reverse(f"console:{self.list_name}"))]

    def button(self, plan: Plan) -> str:
        """Return what the button does."""
        return f"{'Save' if self.row else 'Create'} 1 {self.kind}"


class NeededText(forms.CharField):
    """A text that has to be given. The operation says so, at once with all else that is wrong."""

    def validate(self, value: Any) -> None:
        """Leave it to the operation."""


class CategoryForm(forms.Form):
    """Name and place of a category."""

    name = NeededText(label="Name")
    parent_id = forms.TypedChoiceField(label="Lies in", coerce=int, empty_value=None, required=False)

    def __init__(self, data: Any, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        top = [("", "nothing: it is at the top of the tree")]
        self.fields["parent_id"].choices = [*top, *(node.choice for node in categories())]  # type: ignore[attr-defined]  # a choice field


class SaveCategoryPage(CataloguePage):
    """Create a category, or rename or move one."""

    form_class = CategoryForm
    model, list_name, list_label = Category, "categories", "Categories"

    def form(self, data: Any = None) -> CategoryForm:
        """Return the form with how it is now."""
        row = self.row
        initial: dict[str, Any] = {"parent_id": self.request.GET.get("parent_id")}
        if row:
            initial = {"name": row.name, "parent_id": row.parent_id}
        return CategoryForm(data, initial=initial)

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return SaveCategory(category_id=self.kwargs.get("pk"), **form.cleaned_data)


class NameForm(forms.Form):
    """A name."""

    name = NeededText(label="Name")


class SaveCompetencyPage(CataloguePage):
    """Create or rename a competency."""

    form_class = NameForm
    model, list_name, list_label = Competency, "competencies", "Competencies"

    def form(self, data: Any = None) -> NameForm:
        """Return the form with how it is now."""
        row = self.row
        return NameForm(data, initial={"name": row.name} if row else None)

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return SaveCompetency(competency_id=self.kwargs.get("pk"), name=form.cleaned_data["name"])


class ContentRoleForm(TrainingSearchForm):
    """A name, and courses and chapters, searched and ticked."""

    name = NeededText(label="Name")


class SaveContentRolePage(CataloguePage, SearchedPage):
    """Create or edit a content role."""

    form_class = ContentRoleForm
    form_template = "console/catalogue_content_role_form.html"
    model, list_name, list_label = ContentRole, "content_roles", "Content roles"

    def new_form(self, data: Any = None, initial: Any = None) -> ContentRoleForm:
        """Return the form."""
        return ContentRoleForm(data, initial=initial)

    def initial(self) -> dict[str, Any]:
        """Return how it is now."""
        if (row := self.row) is None:
            return {}
        content = row.content.order_by("pk").values_list("course", "chapter")
        courses, chapters = ([pair[at] for pair in content if pair[at]] for at in (0, 1))
        return {"name": row.name, "course": courses, "chapter": chapters}

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        entered = form.cleaned_data
        return SaveContentRole(
            content_role_id=self.kwargs.get("pk"),
            name=entered["name"],
            course_ids=tuple(map(int, entered["course"])),
            chapter_ids=tuple(map(int, entered["chapter"])),
        )


class RemovePage(CataloguePage):
    """Remove a category, course, chapter, content role or competency; `part` is a key of `KINDS`."""

    tone = "danger"
    part = ""

    @property
    def row(self) -> Any:
        """Return the row that the address names."""
        return get_object_or_404(KINDS[self.part].model, pk=self.kwargs["pk"])

    @property
    def heading(self) -> str:  # type: ignore[override]  # a constant in other pages
        """Return what is done."""
        return f"Remove {self.part}"

    def back(self) -> str:
        """Return the course of a chapter, else the list."""
        row = self.row
        if isinstance(row, Chapter):
            return reverse("console:course", args=[row.course_id])
        return reverse(f"console:{self.list_name}")

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the list, and the course of a chapter."""
        row = self.row
        return super().breadcrumbs() + ([(row.course.title, self.back())] if isinstance(row, Chapter) else [])

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return RemoveFromCatalogue(kind=self.part, row_id=self.row.pk)

    def button(self, plan: Plan) -> str:
        """Return "Remove 1 course and 3 chapters"."""
        chapters = plan.counts.get(Chapter._meta.db_table, {}).get("remove", 0)
        along = f" and {counted(chapters, 'chapter')}" if self.part == "course" and chapters else ""
        return f"Remove 1 {self.part}{along}"
