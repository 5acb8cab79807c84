"""Merge many users: a CSV or Excel file names a Primary and a duplicate in each row.

Exit code 0: every row was merged, or was so already. 1: a row was refused (the others are merged all the same), or all.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any, cast

from rollbook.common.sheet_in import UnreadableSheet
from rollbook.interfaces.cli.acting import DONE, REFUSED, NotFound, actor, refusing
from rollbook.interfaces.cli.output import complain, say, say_done, say_json, tell_progress
from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import MANY
from rollbook.ledger.writer import apply, preview, quietly
from rollbook.operations.merge_many_users import MergeManyPlan, MergeManyUsers
from rollbook.people.pairs import Outcome, Pair, pairs_of_file


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file",
        type=Path,
        help="CSV or XLSX: the Primary, then the duplicate, or columns called Primary and Duplicate; "
        "each by any Username attribute, e-mail address or ID number (#12)",
    )
    either = parser.add_mutually_exclusive_group(required=True)
    either.add_argument("--preview", action="store_true", help="only say what would become of each row")
    either.add_argument("--apply", action="store_true", help="merge the rows against which nothing stands")
    parser.add_argument("--reason", default="", help="why, for whoever reads the history later")
    parser.add_argument("--json", action="store_true", help="answer in JSON, for scripts")


@refusing
def run(args: Namespace) -> int:
    """Preview or do it."""
    operation = MergeManyUsers(pairs=_pairs(args.file))
    plan = cast("MergeManyPlan", preview(operation, acting=actor()))
    record = None
    if args.apply and plan.can_apply:
        progress = quietly if args.json or len(plan.parts) <= MANY else tell_progress
        record = apply(plan, acting=actor(), reason=args.reason, progress=progress)
    if args.json:
        say_json(_facts(plan, record))
    else:
        _say(plan, record, applying=args.apply)
    refused = plan.refusals or any(one.outcome == Outcome.REFUSED for one in plan.results)
    return REFUSED if refused else DONE


def _pairs(file: Path) -> tuple[Pair, ...]:
    try:
        return pairs_of_file(file.read_bytes())
    except OSError as error:
        raise NotFound(f"The file {file} cannot be read: {error.strerror}.") from error
    except UnreadableSheet as error:
        raise NotFound(str(error)) from error


def _say(plan: MergeManyPlan, record: OperationRecord | None, *, applying: bool) -> None:
    merged = "merged" if record else "not merged" if applying else "will be merged"
    doubts = plan.doubts() if record is None else {}
    for one in plan.results:
        done = merged if one.outcome == Outcome.MERGE else str(one.outcome)
        say(f"Row {one.pair.row}: {one}: {done}{': ' + one.why if one.why else ''}")
        for doubt in doubts.get(one.pair.row, ()):
            say(f"  Warning: {doubt}")
    for refusal in plan.refusals:
        complain(f"Refused: {refusal}")
    if record:
        say_done(record, as_json=False)
    elif applying:
        say("Nothing was changed.")
    else:
        say(f"Preview, nothing was changed: {plan.summary}")
    say(plan.totals)


def _facts(plan: MergeManyPlan, record: OperationRecord | None) -> dict[str, Any]:
    rows = [
        {
            "row": one.pair.row,
            "primary": one.pair.primary,
            "duplicate": one.pair.duplicate,
            "primary_id": one.primary.pk if one.primary else None,
            "duplicate_id": one.duplicate.pk if one.duplicate else None,
            "outcome": "merged" if record and one.outcome == Outcome.MERGE else str(one.outcome),
            "why": one.why,
        }
        for one in plan.results
    ]
    return {
        "summary": plan.summary,
        "rows": rows,
        "refusals": list(plan.refusals),
        "operation": record.pk if record else None,
        "counts": record.counts if record else plan.counts,
    }
