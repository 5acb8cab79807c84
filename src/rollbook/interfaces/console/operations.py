"""The operations list, one operation with its changes, and its undo."""

from collections.abc import Collection
from typing import Any

import django_filters as filters
import django_tables2 as tables
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2 import RequestConfig

from rollbook.common.pagination import AheadPaginator
from rollbook.common.text import counted, listed
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.jobs import is_held_too_long, jobs_to_decide, listed_jobs, title_of
from rollbook.interfaces.console.operation_page import OperationPage
from rollbook.interfaces.console.shown import changes_of
from rollbook.interfaces.console.verbs import VERBS, verb_label
from rollbook.interfaces.web.tables import WhenColumn
from rollbook.interfaces.web.tags import badge
from rollbook.ledger.effects import table_label
from rollbook.ledger.models import Change, OperationRecord, OperationSubject
from rollbook.ledger.operation import Operation, Plan
from rollbook.ledger.purges import purged_of
from rollbook.ledger.undo import Undo, conflicts_of
from rollbook.ledger.wording import counts_in_words
from rollbook.operations.award_completion import AwardCompletion
from rollbook.people.access import Right
from rollbook.people.history import beyond, operations_on, seen_operations
from rollbook.people.lookups import LONGEST_ID, named
from rollbook.people.models import User
from rollbook.people.pasted import is_id

CHANGES = 50
CONFLICTS = 20
SUBJECTS = 10


PEOPLE, ITSELF = "people", "itself"
# What happens while people learn, thousands of times a day: nobody decided it.
OF_ITSELF = Q(actor__startswith="lms:") | Q(verb=AwardCompletion.verb)


class OperationFilters(filters.FilterSet):
    """What was done, by people or of itself, who did it, and to which user."""

    how = filters.ChoiceFilter(
        label="Done",
        method="by_origin",
        choices=[(PEOPLE, "By people"), (ITSELF, "By launches and completions")],
        empty_label="By anything",
    )
    verb = filters.ChoiceFilter(label="What", choices=lambda: VERBS, empty_label="Anything")
    actor = filters.CharFilter(label="Who", field_name="actor_name", lookup_expr="icontains")
    user = filters.CharFilter(label="User (e-mail, ID or #number)", method="by_user")

    class Meta:
        model = OperationRecord
        fields: list[str] = []  # django-filter declares it so

    def by_origin(
        self, operations: "QuerySet[OperationRecord]", _name: str, value: str
    ) -> "QuerySet[OperationRecord]":
        """Keep what people decided, or what launches and completions did of themselves."""
        return operations.filter(OF_ITSELF) if value == ITSELF else operations.exclude(OF_ITSELF)

    def by_user(
        self, operations: "QuerySet[OperationRecord]", _name: str, value: str
    ) -> "QuerySet[OperationRecord]":
        """Keep the operations about the one user who is meant."""
        user = named(value).first()
        return operations_on(user, operations) if user else operations.none()


class OperationTable(tables.Table):
    """Newest first: what was done, by whom, why, and whether it was undone."""

    summary = tables.Column(verbose_name="What", orderable=False)
    actor_name = tables.Column(verbose_name="Who", orderable=False)
    reason = tables.Column(
        verbose_name="Why", orderable=False, default="–", attrs={"td": {"class": "text-break-anywhere"}}
    )
    counts = tables.Column(verbose_name="Changed", orderable=False)
    at = WhenColumn(verbose_name="When", orderable=False)

    class Meta:
        template_name = "components/table.html"

    caption, thing, things, total = "Operations", "operation", "operations", None
    # Those of which nobody is named.
    nameless: Collection[int] = ()

    def render_summary(self, record: OperationRecord) -> SafeString:
        """Draw the sentence, with a link, and whether it was undone since."""
        undone = badge("Undone", "purple") if record.undone_by.all() else ""
        return format_html(
            '<a class="text-reset fw-medium" href="{}">{}</a> {}<div class="text-secondary">{}</div>',
            reverse("console:operation", args=[record.pk]),
            nameless(record) if record.pk in self.nameless else record.summary,
            undone,
            verb_label(record.verb),
        )

    def render_counts(self, record: OperationRecord) -> str:
        """Say how many rows changed: "2 LMS accounts removed and 1 declared wrong created"."""
        return listed(counts_in_words(record.counts, undo=record.undoes_id is not None))


def listed_operations(rows: "QuerySet[OperationRecord]", request: ConsoleRequest) -> OperationTable:
    """Return the table for a page of operations, newest first."""
    table = OperationTable(rows.prefetch_related("undone_by").order_by("-at", "-pk"))
    RequestConfig(request, paginate={"per_page": 25, "paginator_class": AheadPaginator}).configure(table)
    table.nameless = beyond(request.actor, (row.record for row in table.paginated_rows))
    return table


def nameless(record: OperationRecord) -> str:
    """Return what was done, without a name."""
    rows = sum(number for kinds in record.counts.values() for number in kinds.values())
    return f"{verb_label(record.verb)}: {counted(rows, 'row')}"


@needs(Right.OPERATIONS_VIEW)
def operations(request: ConsoleRequest) -> HttpResponse:
    """List what was done."""
    filtered = any(name in request.GET for name in OperationFilters.base_filters)
    # What people did is what gets looked for and taken back; whoever comes with a question is shown all that fits it.
    asked = request.GET if filtered else {"how": PEOPLE}
    rows = seen_operations(request.actor)
    if not request.GET.get("user"):
        # Parts are shown within theirs; of one user, the part is what was done.
        rows = rows.filter(part_of=None)
    shown_filters = OperationFilters(asked, queryset=rows)
    table = listed_operations(shown_filters.qs, request)
    to_decide = jobs_to_decide(request.actor)
    return render(
        request,
        "console/operations.html",
        {
            "table": table,
            "filters": shown_filters,
            "filtered": filtered,
            "to_decide": to_decide,
            "jobs": [
                (job, title_of(job, request.actor), is_held_too_long(job))
                for job in listed_jobs(request.actor).exclude(pk__in=[job.pk for job, _ in to_decide])
            ],
        },
    )


@needs(Right.OPERATIONS_VIEW)
def operation(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Show one operation: who, when, why, the counts, and each change with before and after."""
    rows = seen_operations(request.actor).select_related("undoes").prefetch_related("undone_by")
    record = get_object_or_404(rows, pk=pk)
    if beyond(request.actor, [record]):
        return render(request, "console/operation.html", _outline(record))
    parts, more_parts = _parts(record, request.GET.get("after_part", ""))
    changes = _page_of(record, request.GET.get("after", ""))
    more = changes[CHANGES:]
    is_undo = record.undoes_id is not None
    context = {
        **_outline(record),
        "title": record.summary,
        "named": True,
        "changes": changes_of(changes[:CHANGES], undo=is_undo),
        "after": f"{changes[CHANGES - 1].table}:{changes[CHANGES - 1].row_id}" if more else "",
        "continued": "after" in request.GET or "after_part" in request.GET,
        "parts": parts,
        "after_part": parts[-1].pk if more_parts else "",
        "subjects": _subjects(record, request),
        "more_subjects": max(0, _about_users(record).count() - SUBJECTS),
        "may_undo": request.actor.may(record.right),
        "purges": [{"what": table_label(purge.table, purge.rows), "at": purge.at} for purge in purged_of(pk)],
    }
    return render(request, "console/operation.html", context)


def _outline(record: OperationRecord) -> dict[str, Any]:
    """Return what may be shown of an operation without naming anybody."""
    return {
        "record": record,
        "title": nameless(record),
        "verb": verb_label(record.verb),
        "counts": counts_in_words(record.counts, undo=record.undoes_id is not None),
        "breadcrumbs": [("Operations", reverse("console:operations"))],
    }


def _parts(record: OperationRecord, after: str) -> tuple[list[OperationRecord], bool]:
    """Return a page of the parts of an operation, by keyset, and whether more follow."""
    parts = record.parts.prefetch_related("undone_by").order_by("pk")
    if is_id(after):
        parts = parts.filter(pk__gt=int(after))
    found = list(parts[: CHANGES + 1])
    return found[:CHANGES], len(found) > CHANGES


def _page_of(record: OperationRecord, after: str) -> list[Change]:
    """Return a page of changes and one more, by keyset: the last page of a million is as quick as the first."""
    changes = Change.objects.filter(operation=record).order_by("table", "row_id")
    table, _, row = after.rpartition(":")
    if table.isidentifier() and row.isdecimal() and len(row) <= LONGEST_ID:
        changes = changes.extra(where=['("table", row_id) > (%s, %s)'], params=[table, int(row)])
    return list(changes[: CHANGES + 1])


def _about_users(record: OperationRecord) -> "QuerySet[OperationSubject]":
    return record.subjects.filter(table=User._meta.db_table)


def _subjects(record: OperationRecord, request: ConsoleRequest) -> list[User]:
    ids = _about_users(record).order_by("row_id").values_list("row_id", flat=True)[:SUBJECTS]
    return list(request.actor.sees_users().filter(pk__in=list(ids)).order_by("pk"))


class UndoForm(forms.Form):
    """Whether rows that were changed since go back as well."""

    include_conflicts = forms.BooleanField(
        required=False,
        label="Take these rows back as well",
        help_text="What this operation changed in them becomes as it was before it, whatever it was changed to since. A "
        "row that it created goes, and one that took another’s place makes way where it can. What else was changed in "
        "them stays. This undo is recorded and can be undone too.",
    )


class UndoPage(OperationPage):
    """What goes back, what stands against it, and the choice to take that back as well."""

    right = Right.OPERATIONS_VIEW
    heading = "Undo"
    form_class = UndoForm
    form_within_preview = True
    template = "console/undo.html"

    def record(self) -> OperationRecord:
        """Return the operation to undo, if the actor may look at it."""
        return get_object_or_404(seen_operations(self.request.actor), pk=self.kwargs["pk"])

    def operation(self, form: Any) -> Operation:
        """Return the undo."""
        return Undo(operation_id=self.record().pk, include_conflicts=form.cleaned_data["include_conflicts"])

    def button(self, plan: Plan) -> str:
        """Return "Take back 2 rows"."""
        return f"Take back {plan.rows:,} {'row' if plan.rows == 1 else 'rows'}"

    def back(self) -> str:
        """Return the operation's own page."""
        return reverse("console:operation", args=[self.kwargs["pk"]])

    def done(self, record: OperationRecord) -> str:
        """Return the page of the undo itself."""
        return reverse("console:operation", args=[record.pk])

    def breadcrumbs(self) -> list[tuple[str, str]]:
        """Return the operations list and the operation."""
        return [
            ("Operations", reverse("console:operations")),
            (f"Operation {self.kwargs['pk']}", self.back()),
        ]

    def more(self, form: forms.Form | None, plan: Plan | None) -> dict[str, Any]:
        """Return the rows in conflict."""
        if plan is None or not isinstance(plan.operation, Undo):
            return {}
        found = conflicts_of(plan, CONFLICTS)
        rows = changes_of([conflict.change for conflict in found])
        return {"conflicts": list(zip(found, rows, strict=True)), "most": CONFLICTS}
