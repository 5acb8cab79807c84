"""Merge many users at once: a spreadsheet of Primary and duplicate, what becomes of each row, and then all of it."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse

from rollbook.common.sheet_in import UnreadableSheet, text_of
from rollbook.common.text import counted
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.web.downloads import table_response
from rollbook.interfaces.web.uploads import SHEET, refused_upload
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.writer import preview
from rollbook.operations.merge_many_users import MergeManyPlan, MergeManyUsers
from rollbook.people.access import Right
from rollbook.people.pairs import COLUMNS, MOST_BYTES, MOST_PAIRS, Outcome, Pair, Resolved, pairs_in

SHOWN = 100
TITLES = {
    Outcome.REFUSED: "Refused",
    Outcome.MERGE: "Will be merged",
    Outcome.NOTHING: "Nothing to do",
}
COLOURS = {Outcome.REFUSED: "red", Outcome.MERGE: "green", Outcome.NOTHING: "secondary"}


class PairsForm(forms.Form):
    """The pairs as text: pasted, or of the file that came with the form."""

    pairs = forms.CharField(
        label="Or paste both columns",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "class": "font-monospace"}),
        help_text="As they are copied from a spreadsheet: the Primary, then the duplicate, one pair in each row.",
    )
    # Why the file that came with the form cannot be taken.
    refused = ""
    found: tuple[Pair, ...] = ()

    def clean(self) -> dict[str, Any]:
        """Read the pairs, or say why they cannot be read."""
        values: dict[str, Any] = self.cleaned_data
        text = values.get("pairs", "")
        if self.refused:
            self.add_error("pairs", self.refused)
        elif not text.strip():
            self.add_error("pairs", "Choose a file, or paste the pairs.")
        else:
            try:
                self.found = pairs_in(text)
            except UnreadableSheet as error:
                self.add_error("pairs", str(error))
        return values


class MergeManyPage(OperationPage):
    """The spreadsheet, then the result of each row."""

    right = Right.USERS_MERGE
    heading = "Merge many users"
    form_class = PairsForm
    next_step = "Show what becomes of each row"
    form_template = "console/merge_many_form.html"
    template = "console/merge_many.html"

    def form(self, data: Any = None) -> PairsForm:
        """Return the form, with the text of the file that came with it."""
        if data is None:
            return PairsForm()
        request = cast("HttpRequest", self.request)
        entered, file, refused = data.copy(), request.FILES.get(SHEET), refused_upload(request)
        if file is not None:
            try:
                entered["pairs"] = text_of(file.read(), most_bytes=MOST_BYTES)
            except UnreadableSheet as error:
                refused = str(error)
        form = PairsForm(entered)
        form.refused = refused
        return form

    def post(self, request: ConsoleRequest, **kwargs: Any) -> HttpResponse:
        """Hand the result of every row out as a file, or go on."""
        if request.POST.get("step") == "download":
            form = self.form(request.POST)
            if form.is_valid():
                return cast("HttpResponse", self.results(form))
        return super().post(request, **kwargs)

    def results(self, form: PairsForm) -> HttpResponseBase:
        """Return what would become of each row, as CSV."""
        plan = cast("MergeManyPlan", preview(self.operation(form), acting=self.request.actor))
        rows = (
            (o.pair.row, o.pair.primary, o.pair.duplicate, TITLES[o.outcome], o.why) for o in plan.results
        )
        return table_response("csv", "merge-users-result", ("Row", *COLUMNS, "Result", "Why"), rows)

    def operation(self, form: Any) -> Operation:
        """Return the merges."""
        return MergeManyUsers(pairs=form.found)

    def button(self, plan: Plan) -> str:
        """Return "Merge 12 duplicates"."""
        number = sum(one.outcome == Outcome.MERGE for one in cast("MergeManyPlan", plan).results)
        return f"Merge {counted(number, 'duplicate')}"

    def done(self, record: OperationRecord) -> str:
        """Return the page of the operation, which lists the merges."""
        return reverse("console:operation", args=[record.pk])

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the Users report."""
        return [("Users", self.back())]

    def more(self, form: forms.Form | None, plan: Plan | None) -> dict[str, Any]:
        """Return the rows by their result, those that want a look first; for the form, its limits."""
        if not isinstance(plan, MergeManyPlan):
            return {"most_rows": MOST_PAIRS, "most_megabytes": MOST_BYTES // 1_000_000, "sheet": SHEET}
        doubts = plan.doubts()
        groups = []
        for outcome, title in TITLES.items():
            rows = [one for one in plan.results if one.outcome == outcome]
            # Among those that will be merged, the doubtful ones first.
            rows.sort(key=lambda one: one.pair.row not in doubts)
            if rows:
                groups.append(
                    (title, COLOURS[outcome], len(rows), _shown(rows, doubts), max(0, len(rows) - SHOWN))
                )
        return {"groups": groups, "live": plan.live}


def _shown(rows: list[Resolved], doubts: dict[int, list[str]]) -> list[tuple[Resolved, list[str]]]:
    return [(one, doubts.get(one.pair.row, [])) for one in rows[:SHOWN]]


@needs(Right.USERS_MERGE)
def template(request: ConsoleRequest) -> HttpResponseBase:
    """Hand out an empty spreadsheet with the two headings."""
    return table_response("csv", "merge-users", COLUMNS, ())
