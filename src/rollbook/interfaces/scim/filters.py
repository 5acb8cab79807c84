"""SCIM filters as conditions of the database (RFC 7644, 3.4.2.2). A bad filter is refused, never "everybody"."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from scim2_models import InvalidFilterException, Resource, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
    coerce_value,
)

from rollbook.common.text import control_characters
from rollbook.interfaces.scim.limits import too_much

NOBODY = Q(pk__in=[])
EVERYBODY = ~NOBODY
LOOKUPS = {"eq": "iexact", "co": "icontains", "sw": "istartswith", "ew": "iendswith"}
EXACT = {"eq": "exact", "co": "contains", "sw": "startswith", "ew": "endswith"}
ORDERED = {"gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}


@dataclass(frozen=True)
class Column:
    """How one attribute is looked for: `compare(operator, value)` for all but ne, its opposite; and `present`."""

    compare: Callable[[str, Any], Q]
    present: Q = EVERYBODY


def text(path: str, *, exact: bool = False, eq: Callable[[str], Q] | None = None) -> Column:
    """Return a column of text; `eq` is a better way to look one value up."""

    def compare(op: str, value: Any) -> Q:
        if op == "eq" and eq:
            return eq(_text(value))
        return Q(**{f"{path}__{(EXACT if exact else LOOKUPS).get(op) or ORDERED[op]}": _text(value)})

    return Column(compare, ~Q(**{path: ""}))


def rows(of: "QuerySet[Any]", path: str = "value", *, exact: bool = True, to: str = "user") -> Column:
    """Return a column whose texts are in another table, whose `to` is the resource."""
    plain = text(path, exact=exact)

    def compare(op: str, value: Any) -> Q:
        return Q(pk__in=of.filter(plain.compare(op, value)).values(to))

    return Column(compare, Q(pk__in=of.filter(plain.present).values(to)))


def numbered(path: str, number: Callable[[Any], int | None]) -> Column:
    """Return a column of ids, which can only be equal; `number` reads one as it is written."""

    def compare(op: str, value: Any) -> Q:
        _only_eq(op)
        wanted = number(value)
        return NOBODY if wanted is None else Q(**{path: wanted})

    return Column(compare)


def moment(path: str) -> Column:
    """Return a column of times."""

    def compare(op: str, value: Any) -> Q:
        if op not in ORDERED and op != "eq":
            raise InvalidFilterException(detail=f"A time cannot be compared with “{op}”.")
        return Q(**{f"{path}__{ORDERED.get(op, 'exact')}": instant(value)})

    return Column(compare)


def instant(value: Any) -> Any:
    """Return a time as it stands in a filter; without an offset it is in UTC."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value


def flag(yes: Q) -> Column:
    """Return a column that is true or false."""

    def compare(op: str, value: Any) -> Q:
        _only_eq(op)
        return yes if value else ~yes

    return Column(compare)


def always(known: str | bool, present: Q = EVERYBODY) -> Column:  # noqa: FBT001  # a value like another
    """Return a column that has the same value wherever it is present."""

    def compare(op: str, value: Any) -> Q:
        _only_eq(op)
        same = value == known or (isinstance(value, str) and value.lower() == str(known).lower())
        return present if same else NOBODY

    return Column(compare, present)


def condition(written: str, model: type[Resource[Any]], columns: Mapping[str, Column]) -> Q:
    """Return what a filter asks for; `columns` by the attribute's name in lower case. Raises InvalidFilterException."""
    if why := too_much(written):
        raise InvalidFilterException(detail=f"The filter {why}.")
    try:
        parsed = ScimFilter.__class_getitem__(model)(written)
    except InvalidFilterException as error:
        why = f'The filter cannot be read: {error.detail}. Write it like userName eq "ben".'
        raise InvalidFilterException(detail=why) from error
    return _Conditions(parsed, columns).visit(parsed.ast)


@dataclass(frozen=True)
class _Conditions(FilterVisitor[Q]):
    """Turns the parts of a filter into conditions; `under` is the attribute whose values are selected from."""

    parsed: Any
    columns: Mapping[str, Column]
    under: str = ""

    def _column(self, path: AttrPath) -> Column:
        name = str(path).lower()
        if self.under:
            name = f"{self.under}.{name}"
        elif path.uri:
            bare = f"{path.attr}.{path.sub_attr}" if path.sub_attr else path.attr
            core = path.uri.lower() == str(self.parsed.model.__schema__).lower()
            name = bare.lower() if core else f"{path.uri}:{bare}".lower()
        found = self.columns.get(name)
        if found is None:
            raise InvalidFilterException(detail=f"Rollbook cannot look for “{path}”.")
        return found

    def visit_comparison(self, node: Comparison) -> Q:
        column, value = self._column(node.attr_path), node.value
        if not self.under and (bound := self.parsed.resolve_comparison(node.attr_path, strict=False)):
            value = coerce_value(bound, value, node.op)
        if value is None:
            if node.op not in {CompareOperator.eq, CompareOperator.ne}:
                raise InvalidFilterException(detail="null can only be equal or not.")
            return ~column.present if node.op == CompareOperator.eq else column.present
        if node.op == CompareOperator.ne:
            return ~column.compare("eq", value)
        return column.compare(node.op.value, value)

    def visit_present(self, node: Present) -> Q:
        return self._column(node.attr_path).present

    def visit_not(self, node: Not) -> Q:
        return ~self.visit(node.expr)

    def visit_logical_expr(self, node: LogicalExpr) -> Q:
        first, *others = (self.visit(term) for term in node.terms)
        for other in others:
            first = first & other if node.op == LogicalOperator.and_ else first | other
        return first

    def visit_value_path(self, node: ValuePath) -> Q:
        if self.under:
            raise InvalidFilterException(detail="A selection cannot be inside another.")
        inner = _Conditions(self.parsed, self.columns, under=str(node.attr_path).lower().rpartition(":")[2])
        return self._column(node.attr_path).present & inner.visit(node.val_filter)


def _only_eq(op: str) -> None:
    if op != "eq":
        raise InvalidFilterException(detail=f"This attribute cannot be compared with “{op}”: use eq or ne.")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidFilterException(detail="A text is compared with a text: put it in quotes.")
    if control_characters(value):
        raise InvalidFilterException(detail="The filter has characters that cannot be seen.")
    return value
