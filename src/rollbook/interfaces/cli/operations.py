"""List operations, show one with its changes, or undo one."""

from argparse import ArgumentParser, Namespace
from typing import Any

from django.utils.timezone import localtime

from rollbook.interfaces.cli.acting import (
    DONE,
    REFUSED,
    NotFound,
    actor,
    add_preview_and_json,
    do,
    refusing,
    the_user,
)
from rollbook.interfaces.cli.output import say, say_json, say_plan, say_table
from rollbook.ledger.models import Change, OperationRecord
from rollbook.ledger.tables import model_of
from rollbook.ledger.undo import Undo, conflicts_of
from rollbook.ledger.wording import counts_in_words
from rollbook.ledger.writer import preview
from rollbook.people.history import operations_on

CONFLICTS = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Declare list, show and undo."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the last operations, newest first")
    listing.add_argument("--user", help="only those about a user: #ID, e-mail address or identifier")
    listing.add_argument("--limit", type=int, default=20, help="how many at most (20)")
    listing.add_argument("--json", action="store_true", help="answer in JSON, for scripts")
    listing.set_defaults(action=_list)
    showing = actions.add_parser("show", help="one operation: who, when, why and what")
    showing.add_argument("id", type=int)
    showing.add_argument("--limit", type=int, default=50, help="how many changes at most (50)")
    showing.add_argument("--json", action="store_true", help="answer in JSON, for scripts")
    showing.set_defaults(action=_show)
    undoing = actions.add_parser("undo", help="take an operation back")
    undoing.add_argument("id", type=int)
    undoing.add_argument("--reason", default="", help="why, for whoever reads the history later")
    undoing.add_argument(
        "--include-conflicts", action="store_true", help="also take back what was changed again since"
    )
    add_preview_and_json(undoing)
    undoing.set_defaults(action=_undo)


@refusing
def run(args: Namespace) -> int:
    """Do one of them."""
    code: int = args.action(args)
    return code


def _list(args: Namespace) -> int:
    records = OperationRecord.objects.order_by("-id")
    records = operations_on(the_user(args.user), records) if args.user else records.filter(part_of=None)
    found = [_facts(record) for record in records[: max(args.limit, 0)]]
    if args.json:
        say_json(found)
    else:
        columns = ("id", "at", "actor_name", "summary")
        say_table(("ID", "When", "Who", "What"), [[row[name] for name in columns] for row in found])
    return DONE


def _show(args: Namespace) -> int:
    record = _record(args.id)
    changes = record.changes.order_by("pk")
    shown = [_change(change) for change in changes[: max(args.limit, 0)]]
    parts = [_facts(part) for part in record.parts.order_by("pk")]
    if args.json:
        say_json({**_facts(record), "params": record.params, "changes": shown, "parts": parts})
        return DONE
    say(f"Operation {record.pk}: {record.summary}")
    undone = ", ".join(str(undo.pk) for undo in record.undone_by.order_by("pk"))
    for name, value in (
        ("When", _when(record)),
        ("Who", f"{record.actor_name} ({record.actor})"),
        ("Why", record.reason or "no reason given"),
        ("Approved by", f"{record.approver_name} ({record.approver})" if record.approver else ""),
        ("What", ", ".join(counts_in_words(record.counts, undo=record.undoes_id is not None))),
        ("Undoes", record.undoes_id or ""),
        ("Part of", record.part_of_id or ""),
        ("Undone by", undone),
    ):
        if value:
            say(f"  {name}: {value}")
    if parts:
        say_table(("Part", "What"), [[part["id"], part["summary"]] for part in parts])
        return DONE
    say_table(("Change", "Row", "Before", "After"), [_cells(change) for change in shown])
    if (number := changes.count()) > len(shown):
        say(f"{number - len(shown):,} more; --limit shows more of them.")
    return DONE


def _undo(args: Namespace) -> int:
    record = _record(args.id)
    operation = Undo(operation_id=record.pk, include_conflicts=args.include_conflicts)
    if not args.preview:
        return do(operation, args, reason=args.reason)
    plan = preview(operation, acting=actor())
    say_plan(plan, as_json=args.json)
    for conflict in [] if args.json else conflicts_of(plan, CONFLICTS):
        by = f" by operation {conflict.later.pk}" if conflict.later else ""
        say(f"  Conflict: {_row(conflict.table, conflict.row_id)}: {conflict.reason}{by}")
    return REFUSED if plan.refusals else DONE


def _record(operation_id: int) -> OperationRecord:
    record = OperationRecord.objects.filter(pk=operation_id).first()
    if record is None:
        raise NotFound(
            f"There is no operation {operation_id}. `rollbook operations list` shows those there are."
        )
    return record


def _when(record: OperationRecord) -> str:
    return localtime(record.at).isoformat(sep=" ", timespec="seconds")


def _facts(record: OperationRecord) -> dict[str, Any]:
    return {
        "id": record.pk,
        "at": _when(record),
        "actor": record.actor,
        "actor_name": record.actor_name,
        "verb": record.verb,
        "summary": record.summary,
        "reason": record.reason,
        "approver": record.approver,
        "approver_name": record.approver_name,
        "counts": record.counts,
        "undoes": record.undoes_id,
        "part_of": record.part_of_id,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "table": change.table,
        "row": change.row_id,
        "before": change.before,
        "after": change.after,
    }


def _cells(change: dict[str, Any]) -> list[object]:
    before, after = (
        ", ".join(f"{name}={value}" for name, value in (change[side] or {}).items()) or "-"
        for side in ("before", "after")
    )
    return [change["kind"], _row(change["table"], change["row"]), before, after]


def _row(table: str, row_id: int) -> str:
    return f"{model_of(table)._meta.verbose_name} #{row_id}"
