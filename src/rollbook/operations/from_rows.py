"""Taking the checked rows of a file into the register: effects over queries joined with them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from django.db.models import BigIntegerField, BooleanField, F, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce

from rollbook.common.text import counted
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import CreateFrom, Effect, Remove, Update
from rollbook.ledger.operation import MANY, Note, Operation, Plan, when_shown
from rollbook.people.importing.checking import check
from rollbook.people.importing.columns import EMAIL, LOCATION, NOTIFY, Field, importable
from rollbook.people.importing.missing import Missing
from rollbook.people.importing.models import ImportFile, ImportRow
from rollbook.people.importing.results import Counts, counts_of, in_state, results
from rollbook.people.importing.terms import Terms
from rollbook.people.models import AccessLevel, AttributeValue, Identifier, Location, User, UserAttribute
from rollbook.people.selection import SHOWN

State = ImportRow.State
GONE = "The rows of this file are kept no longer. Send it again."
UNCHECKED = "The rows of this file were not checked for you in this way. Open its preview again."
TEXTS = ("first_name", "last_name", EMAIL)


def check_rows(file_id: int, kind: str, terms: Terms, acting: Actor) -> None:
    """Check every row of a file against the register of now, if its rows are still kept."""
    if file := _sent_by(acting, file_id, kind):
        check(file, terms, acting)


def plan_of(
    operation: Operation,
    file_id: int,
    terms: Terms,
    acting: Actor,
    *,
    missing: "Callable[[ImportFile], Missing] | None" = None,
) -> Plan:
    """Return the plan of the operation that takes a file; `missing` says who is not in it and becomes inactive."""
    kind = ImportFile.Kind.IMPORT if terms.creates else ImportFile.Kind.LINK
    file = _sent_by(acting, file_id, kind)
    # A file without its rows must not look like one in which everybody is missing.
    if file is None or ImportRow.objects.filter(file=file).count() != file.rows:
        return Plan(operation, kind.label, [User.objects.none()], refusals=[GONE])
    if file.checked != terms.kept(acting):
        return Plan(operation, kind.label, [User.objects.none()], refusals=[UNCHECKED])
    counts = counts_of(file)
    leaving = missing(file) if missing else None
    subjects = [users_changed(file), *([leaving.users] if leaving else [])]
    gone = leaving.number if leaving else 0
    return Plan(
        operation=operation,
        summary=_summary(file, kind.label, counts, gone),
        subjects=subjects,
        # Who leaves first: what the rows bring would make them look different.
        effects=[
            *([Update(leaving.users, {"status": User.Status.INACTIVE})] if leaving else []),
            *effects(file, terms),
        ],
        relies_on=[UserAttribute.objects.all()],
        notes=[
            Note(str(counts)),
            *([Note(f"{counted(gone, 'user')} missing from the file", "become inactive")] if gone else []),
        ],
        left_out=when_shown(lambda: left_out(file, acting, counts)),
        refusals=[*([] if gone else all_refused(counts)), *(leaving.refusals if leaving else [])],
        holds=[replace(hold, about=[places(file)]) for hold in leaving.holds] if leaving else [],
        live=counts.created + counts.updated + gone > MANY,
    )


def _sent_by(acting: Actor, file_id: int, kind: str) -> ImportFile | None:
    """Return a file; nobody learns from another one's what is in it."""
    return ImportFile.objects.filter(pk=file_id, kind=kind, actor=acting.key).first()


def _summary(file: ImportFile, verb: str, counts: Counts, gone: int) -> str:
    numbers = {"created": counts.created, "updated": counts.updated, "deactivated": gone}
    done = ", ".join(f"{number:,} {state}" for state, number in numbers.items() if number)
    return f"{verb} from “{file.name}”{': ' if done else ''}{done}"


def effects(file: ImportFile, terms: Terms) -> Iterator[Effect]:
    """Return what creates and changes users, their attribute values and identifiers, as the rows say."""
    fields = importable()
    taken = [fields[key] for key in file.fields if key in fields]
    if terms.creates:
        yield _created(_rows(file).filter(state=State.CREATED))
    yield from _changed(_rows(file).filter(state=State.UPDATED), taken)
    for field in taken:
        if field.attribute:
            yield from _values(_rows(file), field, terms)


def all_refused(counts: Counts) -> list[str]:
    """Return a refusal where nothing of a file can be taken."""
    if counts.refused and counts.refused == counts.rows:
        return [
            f"Every row is refused ({counted(counts.refused, 'row')}), so there is nothing to do. The reason is with each."
        ]
    return []


def left_out(file: ImportFile, acting: Actor, counts: Counts) -> list[Note]:
    """Return the first refused rows with their reasons, and how many more there are."""
    first = results(in_state(file, State.REFUSED)[:SHOWN], acting)
    notes = [Note(f"Row {row.number}", " ".join(row.reasons)) for row in first]
    more = counts.refused - len(notes)
    return [*notes, Note(f"and {more:,} more")] if more > 0 else notes


def users_changed(file: ImportFile) -> "QuerySet[User]":
    """Return the users whom rows change."""
    return User.objects.filter(pk__in=_rows(file).filter(state=State.UPDATED).values("user_id"))


def places(file: ImportFile) -> "QuerySet[Location]":
    """Return the locations into which rows put users, new ones or others."""
    put = _rows(file).filter(state__in=(State.CREATED, State.UPDATED), changes__has_key=LOCATION)
    return Location.objects.filter(pk__in=put.values(place=Cast(_after(LOCATION), BigIntegerField())))


def _rows(file: ImportFile) -> "QuerySet[ImportRow]":
    return ImportRow.objects.filter(file=file).order_by()


def _after(key: str) -> KeyTextTransform:
    return KeyTextTransform(1, KeyTransform(key, F("changes")))


def _text(key: str) -> Combinable:
    return Coalesce(_after(key), Value(""), output_field=TextField())


def _created(rows: "QuerySet[ImportRow]") -> CreateFrom:
    columns: dict[str, Any] = {"id": F("user_id"), **{name: _text(name) for name in TEXTS}}
    return CreateFrom(
        User,
        rows,
        {
            **columns,
            "access_level": Value(AccessLevel.LEARNER.value),
            "location": Cast(_after(LOCATION), BigIntegerField()),
            "status": Value(User.Status.ACTIVE.value),
            "send_notifications": Coalesce(Cast(_after(NOTIFY), BooleanField()), Value(True)),  # noqa: FBT003  # SQL
        },
    )


def _changed(rows: "QuerySet[ImportRow]", taken: list[Field]) -> Iterator[Effect]:
    casts: dict[str, tuple[str, Any]] = {
        LOCATION: ("location_id", BigIntegerField()),
        NOTIFY: ("send_notifications", BooleanField()),
    }
    names = [field.key for field in taken if field.key in {*TEXTS, *casts}]
    if not names:
        return
    values: dict[str, Any] = {}
    for name in names:
        column, kind = casts.get(name, (name, TextField()))
        mine = rows.filter(user_id=OuterRef("pk"), changes__has_key=name)
        values[column] = Coalesce(
            Subquery(mine.values(after=Cast(_after(name), kind))[:1]), F(column), output_field=kind
        )
    touched = rows.filter(changes__has_any_keys=names)
    yield Update(User.objects.filter(pk__in=touched.values("user_id")), values)


def _values(rows: "QuerySet[ImportRow]", field: Field, terms: Terms) -> Iterator[Effect]:
    attribute = field.attribute
    if attribute is None:
        return
    model = Identifier if attribute.key else AttributeValue
    told = rows.filter(state__in=(State.CREATED, State.UPDATED), changes__has_key=field.key).alias(
        before=KeyTextTransform(0, KeyTransform(field.key, F("changes"))), after=_after(field.key)
    )
    new = told.filter(before__isnull=True).exclude(after="")
    yield CreateFrom(
        model, new, {"attribute": Value(attribute.pk), "user": F("user_id"), "value": _after(field.key)}
    )
    held = model._default_manager.filter(attribute=attribute)
    other = told.filter(before__isnull=False).exclude(after="")
    mine = other.filter(user_id=OuterRef("user_id")).values(then=_after(field.key))[:1]
    yield Update(held.filter(user__in=other.values("user_id")), {"value": Subquery(mine)})
    if terms.empty_clears:
        yield Remove(held.filter(user__in=told.filter(before__isnull=False, after="").values("user_id")))
