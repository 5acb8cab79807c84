"""Who is this? The rules of an arrival (DESIGN section 3), as a pure function over facts."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from rollbook.lms.claim_values import EMAIL, Reading
from rollbook.lms.models import Launch
from rollbook.lms.policy import Rules
from rollbook.people.models import User

Outcome = Launch.Outcome
LINKED = frozenset({Outcome.MATCHED, Outcome.CREATED, Outcome.PROVED})
ADMITTED = LINKED | {Outcome.KNOWN}


@dataclass(frozen=True)
class Person:
    """What the rules ask about a user, for one LMS and one of its ids.

    `other_account`: has an LMS account of this LMS under another id. `declared_wrong`: an administrator said that
    the LMS's id is not this user. `row` is the user itself where the facts were read from the database.
    """

    id: int
    name: str
    active: bool = True
    learner: bool = True
    has_password: bool = True
    other_account: bool = False
    declared_wrong: bool = False
    row: User | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Holding:
    """A value that is a user's: `code` is `email` (then `value` is in lower case) or a Username attribute's."""

    person: Person
    code: str
    label: str
    value: str


@dataclass(frozen=True)
class Facts:
    """What the register says about a launch: whose LMS account it is, and who holds the values it sent."""

    holder: Person | None = None
    account_id: int | None = None
    holdings: tuple[Holding, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One reading, who was found by it, and who holds its value under another name (crosswise)."""

    reading: Reading
    direct: tuple[Holding, ...]
    crosswise: tuple[Holding, ...]


@dataclass(frozen=True)
class Decision:
    """Who it is and why. `person` is whom the outcome is about: let in, asked, waiting or refused.

    `several` are the users among whom an ambiguous launch cannot choose.
    """

    outcome: Launch.Outcome
    person: Person | None = None
    contradicts: Person | None = None
    several: tuple[Person, ...] = ()
    findings: tuple[Finding, ...] = ()
    account_id: int | None = None

    @property
    def admitted(self) -> bool:
        """Say whether the person is let in."""
        return self.outcome in ADMITTED

    @property
    def links(self) -> bool:
        """Say whether an LMS account is to be made."""
        return self.outcome in LINKED

    def evidence(self) -> dict[str, Any]:
        """Return the evidence as the launch log keeps it: {"matchers": [...], "several": [user ids]}."""
        return {
            "matchers": [
                {
                    "claim": f.reading.claim,
                    "target": f.reading.target,
                    "value": f.reading.value,
                    "absent": f.reading.absent,
                    "witness": f.reading.witness,
                    "found": [_noted(h) for h in f.direct],
                    "crosswise": [_noted(h) for h in f.crosswise],
                }
                for f in self.findings
            ],
            "several": [person.id for person in self.several],
        }


def judge(rules: Rules, readings: Iterable[Reading], facts: Facts, *, proved: int | None = None) -> Decision:
    """Decide who it is. `proved` is the user who has just signed in to prove it (rule 3)."""
    findings = tuple(_find(reading, facts.holdings) for reading in readings)
    if facts.holder is not None:
        return _known(facts.holder, facts.account_id, findings)
    matching = [f for f in findings if not f.reading.witness]
    direct = _people(h for f in matching for h in f.direct)
    everybody = _people(h for f in matching for h in (*f.direct, *f.crosswise))
    left = [p for p in everybody if not p.declared_wrong]
    if len(left) > 1 or (left and left[0] not in direct):
        return Decision(Outcome.AMBIGUOUS, several=tuple(left), findings=findings)
    if left:
        return Decision(_one(rules, left[0], proved), left[0], findings=findings)
    if everybody:
        return Decision(Outcome.DECLARED_WRONG, everybody[0], findings=findings)
    return _nobody(rules, findings, facts.holdings)


def _nobody(rules: Rules, findings: tuple[Finding, ...], holdings: tuple[Holding, ...]) -> Decision:
    if not rules.creates:
        return Decision(Outcome.NOBODY, findings=findings)
    shadowing = tuple(_with_staff(f, holdings) for f in findings)
    staff = _people(h for f in shadowing for h in f.crosswise)
    if staff:
        return Decision(Outcome.AMBIGUOUS, several=tuple(staff), findings=shadowing)
    return Decision(Outcome.CREATED, findings=findings)


def _known(holder: Person, account_id: int | None, findings: tuple[Finding, ...]) -> Decision:
    if not holder.active:
        return Decision(Outcome.INACTIVE, holder, findings=findings)
    others = [
        p
        for p in _people(h for f in findings for h in (*f.direct, *f.crosswise))
        # Declared wrong: an administrator has already looked at this very pair.
        if holder.id != p.id and not p.declared_wrong
    ]
    return Decision(
        Outcome.KNOWN,
        holder,
        contradicts=others[0] if others else None,
        findings=findings,
        account_id=account_id,
    )


def _one(rules: Rules, person: Person, proved: int | None) -> Launch.Outcome:
    if not person.active:
        return Outcome.INACTIVE
    if person.learner and not person.other_account:
        return Outcome.MATCHED
    if proved == person.id:
        return Outcome.PROVED
    # Who has no password cannot prove anything by signing in.
    return Outcome.PROOF_ASKED if rules.asks_to_sign_in and person.has_password else Outcome.QUEUED


def _find(reading: Reading, holdings: tuple[Holding, ...]) -> Finding:
    if not reading.value:
        return Finding(reading, (), ())
    folded = reading.value.lower()
    exact = folded if reading.target == EMAIL else reading.value
    direct = tuple(h for h in holdings if h.code == reading.target and h.value == exact)
    crosswise = tuple(h for h in holdings if "@" in folded and h.value.lower() == folded and h not in direct)
    return Finding(reading, direct, crosswise)


def _with_staff(finding: Finding, holdings: tuple[Holding, ...]) -> Finding:
    """Return the finding with the users above learner who sign in with its value, which is theirs by another name.

    Nobody is created with such a value: an ambiguous one signs nobody in, and an LMS could lock staff out.
    """
    value = finding.reading.value
    if not value or finding.reading.witness:
        return finding
    return replace(finding, crosswise=tuple(h for h in holdings if h.value == value and not h.person.learner))


def _people(holdings: Iterable[Holding]) -> list[Person]:
    """Return the users in order, each once."""
    return list({h.person.id: h.person for h in holdings}.values())


def _noted(holding: Holding) -> dict[str, Any]:
    return {"user": holding.person.id, "name": holding.person.name, "as": holding.label}
