"""The form of a course, and the order of its chapters."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from rollbook.interfaces.console.catalogue_parts import CataloguePage, NeededText
from rollbook.interfaces.console.doors import ConsoleRequest
from rollbook.interfaces.console.tree import categories
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.operations.order_chapters import OrderChapters
from rollbook.operations.save_course import SaveCourse
from rollbook.people.access import Right
from rollbook.training.catalogue import Competency, Course
from rollbook.training.catalogue_checks import MOST_LEVEL

PLAIN = ("title", "category_id", "description", "open", "due_days", "certificate", "certificate_days")
BLANK, MOST_ROWS = 2, 50


class CourseForm(forms.Form):
    """What a course is. What may be so is checked by the operation."""

    title = NeededText(label="Title")
    category_id = forms.TypedChoiceField(label="Category", coerce=int)
    description = forms.CharField(
        label="Description", required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    open = forms.BooleanField(label="Open: learners see it", required=False, initial=True)
    due_days = forms.IntegerField(
        label="To be completed within (days)",
        required=False,
        help_text="From the enrolment on; empty for no limit.",
    )
    certificate = forms.BooleanField(label="Completing it issues a certificate", required=False, initial=True)
    certificate_days = forms.IntegerField(
        label="The certificate is valid for (days)", required=False, help_text="Empty for ever."
    )

    def __init__(self, data: Any, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.fields["category_id"].choices = [node.choice for node in categories()]  # type: ignore[attr-defined]  # a choice field
        names = [("", "–"), *Competency.objects.order_by("name").values_list("pk", "name")]
        given = data if data is not None else initial
        self.number = min(
            sum(name.startswith("competency_") for name in given) + (data is None) * BLANK, MOST_ROWS
        )
        for row in range(self.number if len(names) > 1 else 0):
            self.fields[f"competency_{row}"] = forms.TypedChoiceField(
                label="Competency", choices=names, coerce=int, empty_value=None, required=False
            )
            self.fields[f"level_{row}"] = forms.IntegerField(
                label="Level",
                required=False,
                initial=1,
                widget=forms.NumberInput(attrs={"min": 1, "max": MOST_LEVEL}),
            )
            self.fields[f"valid_days_{row}"] = forms.IntegerField(label="Valid for (days)", required=False)

    @property
    def plain(self) -> list[Any]:
        """Return the fields of every course."""
        return [self[name] for name in PLAIN]

    @property
    def rows(self) -> list[list[Any]]:
        """Return the fields of each competency."""
        return [
            [self[f"{name}_{row}"] for name in ("competency", "level", "valid_days")]
            for row in range(self.number)
            if f"competency_{row}" in self.fields
        ]

    def competencies(self) -> tuple[tuple[int, int, int | None], ...]:
        """Return those that were chosen."""
        entered = self.cleaned_data
        return tuple(
            (entered[f"competency_{row}"], entered[f"level_{row}"] or 1, entered[f"valid_days_{row}"])
            for row in range(self.number)
            if entered.get(f"competency_{row}")
        )


class SaveCoursePage(CataloguePage):
    """Create or edit a course."""

    form_class: ClassVar[type[forms.Form] | None] = CourseForm
    form_template = "console/catalogue_course_form.html"
    model = Course

    def back(self) -> str:
        """Return the course, or the list for a new one."""
        pk = self.kwargs.get("pk")
        return reverse("console:course", args=[pk]) if pk else super().back()

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the list and the course."""
        row = self.row
        return super().breadcrumbs() + ([(row.title, self.back())] if row else [])

    def form(self, data: Any = None) -> CourseForm:
        """Return the form with how it is now."""
        row = self.row
        if row is None:
            return CourseForm(data, initial={"category_id": self.request.GET.get("category")})
        initial = {name: getattr(row, name) for name in PLAIN}
        for at, one in enumerate(row.competencies.order_by("pk")):
            initial |= {
                f"competency_{at}": one.competency_id,
                f"level_{at}": one.level,
                f"valid_days_{at}": one.valid_days,
            }
        return CourseForm(data, initial=initial)

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        entered = {name: form.cleaned_data[name] for name in PLAIN}
        return SaveCourse(course_id=self.kwargs.get("pk"), competencies=form.competencies(), **entered)

    def done(self, record: OperationRecord) -> str:
        """Return the page of the course."""
        created = record.changes.filter(table=Course._meta.db_table, kind="create").first()
        return reverse("console:course", args=[created.row_id]) if created else self.after


class OrderForm(forms.Form):
    """The ids of the chapters in their order."""

    order = forms.TypedMultipleChoiceField(coerce=int, required=False)


class OrderChaptersPage(SaveCoursePage):
    """Move chapters up and down; each move draws the list again, and nothing is changed before the preview."""

    right = Right.CATALOGUE_EDIT
    form_class = OrderForm
    form_template = "console/catalogue_order.html"

    @property
    def heading(self) -> str:  # type: ignore[override]  # a constant in other pages
        """Return what is done."""
        return "Order the chapters"

    def form(self, data: Any = None) -> Any:
        """Return the form; chapters that came meanwhile are at the end."""
        there = [str(pk) for pk in self.row.chapters.values_list("pk", flat=True)]
        asked = [pk for pk in dict.fromkeys(data.getlist("order") if data else there) if pk in there]
        form = OrderForm({"order": [*asked, *(pk for pk in there if pk not in asked)]})
        form.fields["order"].choices = [(pk, pk) for pk in there]  # type: ignore[attr-defined]  # a choice field
        return form

    def post(self, request: ConsoleRequest, **_: Any) -> HttpResponse:
        """Move one chapter, or go on as every operation does."""
        direction, _dash, pk = request.POST.get("step", "").partition("-")
        if direction not in {"up", "down"}:
            return super().post(request)
        form = self.form(request.POST)
        order: list[str] = form.data["order"]
        if pk in order:
            at = order.index(pk)
            to = min(max(at + (1 if direction == "down" else -1), 0), len(order) - 1)
            order.insert(to, order.pop(at))
        return self.show_form(form)

    def more(self, form: Any, plan: Plan | None) -> dict[str, Any]:
        """Return the chapters in the order that was asked for."""
        chapters = {str(chapter.pk): chapter for chapter in self.row.chapters.all()}
        return {"chapters": [chapters[pk] for pk in form.data["order"]] if form else []}

    def operation(self, form: Any) -> Operation:
        """Return the operation."""
        return OrderChapters(course_id=self.row.pk, chapter_ids=tuple(form.cleaned_data["order"]))

    def button(self, plan: Plan) -> str:
        """Return how many chapters move."""
        return f"Move {plan.rows} chapter{'' if plan.rows == 1 else 's'}"
