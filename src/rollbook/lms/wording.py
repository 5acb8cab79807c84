"""A decision in plain words, for the preview of a reset, the queue, and *try a launch*."""

from rollbook.lms.claim_values import EMAIL
from rollbook.lms.decision import Decision, Finding, Holding
from rollbook.lms.models import Launch

Outcome = Launch.Outcome


def outcome_of(decision: Decision) -> str:
    """Return what would happen, as the end of a sentence: "be linked to Ben Baker"."""
    who = decision.person.name if decision.person else ""
    return {
        Outcome.KNOWN: f"let {who} in",
        Outcome.MATCHED: f"be linked to {who}",
        Outcome.PROVED: f"be linked to {who}",
        Outcome.CREATED: "create a new user",
        Outcome.PROOF_ASKED: f"be linked to {who} after {who} has signed in once",
        Outcome.QUEUED: f"wait until an administrator says whether it is {who}",
        Outcome.AMBIGUOUS: "be refused: several users match",
        Outcome.INACTIVE: f"be refused: {who} is inactive",
        Outcome.NOBODY: "be refused: nobody matches",
        Outcome.DECLARED_WRONG: f"be refused: it was declared not to be {who}",
    }[decision.outcome]


def because(decision: Decision) -> str:
    """Return the evidence as one clause: "because the e-mail ben@example.org is Ben Baker's"; "" without any."""
    found = [
        _is_whose(finding, holding)
        for finding in decision.findings
        if not finding.reading.witness
        for holding in (*finding.direct, *finding.crosswise)
    ]
    if found:
        return "because " + " and ".join(dict.fromkeys(found))
    misses = [_miss(finding) for finding in decision.findings if not finding.reading.witness]
    return "because " + " and ".join(misses) if misses else ""


def _is_whose(finding: Finding, holding: Holding) -> str:
    whose = f"{holding.person.name}’s"
    if holding in finding.direct:
        return f"the {holding.label} {finding.reading.value} is {whose}"
    return f"the {_target(finding)} {finding.reading.value} is {whose} {holding.label}"


def _miss(finding: Finding) -> str:
    reading = finding.reading
    if not reading.absent:
        return f"nobody has the {_target(finding)} {reading.value}"
    return f"the claim {reading.claim} does not count ({reading.absent})"


def _target(finding: Finding) -> str:
    return "e-mail" if finding.reading.target == EMAIL else finding.reading.target.replace("_", " ")
