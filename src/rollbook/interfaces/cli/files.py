"""What `import-users` and `link-users` share: staging a file, saying what became of its rows, giving some back."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from rollbook.common.sheets.bad_file import BadFile
from rollbook.common.spreadsheet import csv_lines
from rollbook.common.text import counted
from rollbook.interfaces.cli.acting import DONE, REFUSED, actor
from rollbook.interfaces.cli.output import complain, say, say_done, say_json, tell_progress
from rollbook.ledger.errors import LedgerError
from rollbook.ledger.holds import DAYS
from rollbook.ledger.jobs import submit, wanted_by_jobs
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.ledger.operation import Plan, PreparedOperation
from rollbook.ledger.wording import counts_in_words
from rollbook.ledger.writer import LARGE, apply, preview, quietly
from rollbook.people.importing.columns import said_of_column
from rollbook.people.importing.models import ImportFile, ImportRow
from rollbook.people.importing.results import (
    Counts,
    Result,
    counts_of,
    doubtful,
    in_state,
    refused_table,
    results,
)
from rollbook.people.importing.staging import Choice, discard, stage
from rollbook.people.second_person import who_approves

SHOWN = 20
# Every row was taken or was so already; some rows were refused; nothing could be done; a second person must approve it.
ALL_TAKEN, NOTHING_DONE, SOME_REFUSED, HELD = DONE, REFUSED, 3, 4
MARKS = {"created": "+", "updated": "~", "refused": "!"}


@dataclass(frozen=True)
class Outcome:
    """What became of a file."""

    file: ImportFile
    plan: Plan
    counts: Counts
    record: OperationRecord | None = None
    failure: str = ""
    job: OperationJob | None = None

    @property
    def sentences(self) -> list[str]:
        """Return why it was not done, or not yet, and what can be done about that."""
        against = [f"Refused: {why}" for why in (*self.plan.refusals, self.failure) if why]
        held = [f"Held: {hold.why}" for hold in self.plan.holds]
        if held and self.job:
            where = f"{settings.PUBLIC_URL}{reverse('console:job', args=[self.job.pk])}"
            held.append(f"It waits {DAYS} days for approval at {where}. {who_approves(self.plan, actor())}")
        return [*against, *held]

    @property
    def code(self) -> int:
        """Return the exit code."""
        if self.failure or self.plan.refusals:
            return NOTHING_DONE
        if self.plan.holds:
            return HELD
        return SOME_REFUSED if self.counts.refused else ALL_TAKEN


def add_file_arguments(parser: ArgumentParser) -> None:
    """Declare what both commands have."""
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        type=_column,
        metavar="NAME=FIELD",
        help="what a column is, where its name does not say it; NAME= leaves a column alone",
    )
    parser.add_argument("--by", default="", metavar="FIELD", help="the field that says whom a row means")
    parser.add_argument(
        "--refused", type=Path, metavar="OUT.csv", help="write refused rows here, with the reason of each"
    )
    parser.add_argument("--reason", default="", help="why, for whoever reads the history later")
    parser.add_argument("--preview", action="store_true", help="only say what would become of each row")
    parser.add_argument("--json", action="store_true", help="answer in JSON, for scripts")


def take(
    path: Path,
    kind: str,
    choice: Choice,
    operation_of: Callable[[ImportFile], PreparedOperation],
    args: Namespace,
) -> int:
    """Stage a file, preview or take it, say what became of it, and return the exit code. Raises LedgerError."""
    with staged(path, kind, choice) as file:
        if file is None:
            return NOTHING_DONE
        outcome = taken(file, operation_of(file), args)
        if args.refused and outcome.counts.refused:
            write_refused(file, args.refused)
        if args.json:
            say_json(facts(outcome))
        else:
            _say(outcome, args)
        return outcome.code


@contextmanager
def staged(path: Path, kind: str, choice: Choice) -> "Iterator[ImportFile | None]":
    """Stage a file whose rows go afterwards, unless a job waits to take them.

    None for one that cannot be read, of which the reason is said.
    """
    try:
        file = stage(path, kind, acting=actor(), choice=choice)
    except BadFile as error:
        complain(f"{path.name}: {error}")
        yield None
        return
    try:
        yield file
    finally:
        if file.pk not in wanted_by_jobs("file_id"):
            discard(file)


def taken(file: ImportFile, operation: PreparedOperation, args: Namespace) -> Outcome:
    """Preview an operation on a file, and apply it, or leave it held for a second person.

    Nothing of that where only the preview is asked for or nothing is to do.
    """
    operation.prepare(actor())
    plan = preview(operation, acting=actor())
    counts = counts_of(file)
    if args.preview or not plan.can_apply:
        return Outcome(file, plan, counts)
    progress = tell_progress if plan.rows > LARGE and not args.json else quietly
    try:
        if plan.holds:
            job = submit(plan, acting=actor(), reason=args.reason, previewed=plan.fingerprint)
            return Outcome(file, plan, counts, job=job)
        record = apply(plan, acting=actor(), reason=args.reason, progress=progress)
    except LedgerError as error:
        return Outcome(file, plan, counts, failure=str(error))
    return Outcome(file, plan, counts, record)


def write_refused(file: ImportFile, out: Path) -> None:
    """Write the refused rows as they were sent, with a reason each, safe to open in a spreadsheet program."""
    headings, rows = refused_table(file, actor())
    with out.open("wb") as target:
        target.writelines(csv_lines(headings, rows))


def facts(outcome: Outcome) -> dict[str, Any]:
    """Return what became of a file, as JSON can hold it."""
    acting = actor()
    refused = results(in_state(outcome.file, ImportRow.State.REFUSED)[:SHOWN], acting)
    return {
        "file": outcome.file.name,
        "read_as": outcome.file.how,
        "columns": dict(outcome.file.columns),
        "by": outcome.file.by,
        "rows": {state: getattr(outcome.counts, state) for state in ImportRow.State.values},
        "first_refused": [{"row": row.number, "reasons": row.reasons} for row in refused],
        "summary": outcome.plan.summary,
        "counts": outcome.record.counts if outcome.record else outcome.plan.counts,
        "refusals": [*outcome.plan.refusals, *([outcome.failure] if outcome.failure else [])],
        "holds": [hold.why for hold in outcome.plan.holds],
        "job": outcome.job.pk if outcome.job else None,
        "operation": outcome.record.pk if outcome.record else None,
    }


def _say(outcome: Outcome, args: Namespace) -> None:
    file, plan, counts = outcome.file, outcome.plan, outcome.counts
    say(f"{file.name}: {file.how}. {counts}")
    for name, field in file.columns:
        say(f"  {name}: {field or 'left alone'}{' (finds the user)' if field == file.by else ''}")
    if args.preview:
        for state in ("created", "updated"):
            _say_rows(results(in_state(file, state)[:SHOWN], actor()), getattr(counts, state))
    _say_rows(results(in_state(file, "refused")[:SHOWN], actor()), counts.refused)
    doubts = doubtful(file)
    for row in results(doubts[:SHOWN], actor()):
        say(f"  Warning: row {row.number}: {' '.join(row.warnings)}")
    for sentence in outcome.sentences:
        complain(sentence)
    if args.refused and counts.refused:
        say(f"{counted(counts.refused, 'refused row')} written to {args.refused}.")
    if outcome.record:
        say_done(outcome.record, as_json=False)
    elif args.preview:
        changes = ", ".join(counts_in_words(plan.counts, undo=False)) or "nothing would change"
        say(f"Preview, nothing was changed: {plan.summary} ({changes}).")
    elif outcome.code == ALL_TAKEN:
        say("Nothing was changed: everything is already as the file says.")
    else:
        say("Nothing was changed.")


def _say_rows(rows: list[Result], number: int) -> None:
    for row in rows:
        said = "; ".join(
            f"{label}: {before or 'nothing'} → {after or 'nothing'}" for label, before, after in row.changes
        )
        say(
            f"  {MARKS[row.state]} Row {row.number}: {' '.join(row.reasons) if row.state == 'refused' else said}"
        )
    if number > len(rows):
        say(f"    and {number - len(rows):,} more rows")


def chosen(args: Namespace, *, to_set: str = "") -> Choice:
    """Return what the arguments say of the columns."""
    return Choice(dict(args.column), args.by, to_set)


def _column(text: str) -> tuple[str, str]:
    try:
        return said_of_column(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
