"""What the commands write: tidy text for people, JSON for scripts."""

import json
import sys
from collections.abc import Sequence
from typing import Any
from unicodedata import combining, east_asian_width

from rollbook.ledger.models import OperationRecord
from rollbook.ledger.operation import Plan
from rollbook.ledger.wording import counts_in_words
from rollbook.ledger.writer import Done

# What a terminal obeys: names of files and reasons come from anywhere.
OBEYED = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)], "\ufffd")


def say(text: str = "") -> None:
    """Write one line of the answer."""
    sys.stdout.write(text.translate(OBEYED) + "\n")


def complain(text: str) -> None:
    """Write why something was not done."""
    sys.stderr.write(text.translate(OBEYED) + "\n")


def say_json(value: Any) -> None:
    """Write one JSON document."""
    say(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def say_table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write columns under their heads, each as wide as its widest cell; the last one is not filled up."""
    lines = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)]
        say("  ".join(cells).rstrip())


def say_plan(plan: Plan, *, as_json: bool) -> None:
    """Write a preview. Nothing was changed."""
    if as_json:
        notes = [{"what": note.what, "why": note.why} for note in plan.notes]
        say_json(
            {
                "summary": plan.summary,
                "counts": plan.counts,
                "notes": notes,
                "left_out": [{"what": note.what, "why": note.why} for note in plan.left_out],
                "warnings": list(plan.warnings),
                "refusals": plan.refusals,
                "holds": [hold.why for hold in plan.holds],
                "can_apply": plan.can_apply,
            }
        )
        return
    say(f"Preview, nothing was changed: {plan.summary}")
    for line in counts_in_words(plan.counts, undo=plan.undoes is not None) or ["nothing would change"]:
        say(f"  {line}")
    for part in plan.planned:
        say(f"  - {part.summary}")
        for warning in part.warnings:
            say(f"    Warning: {warning}")
    for note in plan.notes:
        say(f"  - {note.what}{': ' + note.why if note.why else ''}")
    for note in plan.left_out:
        say(f"  Left out: {note.what}{': ' + note.why if note.why else ''}")
    for warning in plan.warnings:
        say(f"  Warning: {warning}")
    for refusal in plan.refusals:
        say(f"  Refused: {refusal}")
    for hold in plan.holds:
        say(f"  Held: {hold.why}")


def tell_progress(done: Done) -> None:
    """Write how far a large operation is."""
    share = 100 * done.rows // done.all_rows if done.all_rows else 0
    complain(f"{share} %: step {done.step} of {done.steps}, {done.rows:,} of {done.all_rows:,} rows")


def say_done(record: OperationRecord, *, as_json: bool) -> None:
    """Write what an operation did."""
    if as_json:
        say_json({"operation": record.pk, "summary": record.summary, "counts": record.counts})
        return
    counts = counts_in_words(record.counts, undo=record.undoes_id is not None)
    say(f"Done: {record.summary} ({', '.join(counts)}).")
    say(f"To take it back: rollbook operations undo {record.pk}")


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
