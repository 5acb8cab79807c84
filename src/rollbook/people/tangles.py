"""Pairs that do not go together: circles, chains, and duplicates that are to be merged into two accounts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from rollbook.common.text import listed
from rollbook.people.pairs import Outcome, Resolved

NAMED = 5
# The ids of a duplicate and of its Primary, and their pair.
Edge = tuple[int, int, Resolved]


def untangled(pairs: Sequence[Resolved]) -> list[Resolved]:
    """Return the pairs, and refuse those of which somebody is merged twice, or is merged away and a Primary as well."""
    edges = [
        (one.duplicate.pk, one.primary.pk, one)
        for one in pairs
        if one.outcome == Outcome.MERGE and one.duplicate and one.primary
    ]
    times = Counter(duplicate for duplicate, _, _ in edges)
    primaries = {primary for _, primary, _ in edges}
    tangled = [e for e in edges if e[1] in times or e[0] in primaries or times[e[0]] > 1]
    why = {one.pair.row: reason for knot in _knots(tangled) for one, reason in _reasons(knot)}
    return [
        one.but(Outcome.REFUSED, why[one.pair.row])
        if one.outcome == Outcome.MERGE and one.pair.row in why
        else one
        for one in pairs
    ]


def _knots(edges: Sequence[Edge]) -> Iterator[list[Edge]]:
    """Return those together that hang together by their users, in the order of the rows."""
    of_user: dict[int, list[Edge]] = defaultdict(list)
    for edge in edges:
        of_user[edge[0]].append(edge)
        of_user[edge[1]].append(edge)
    while of_user:
        knot: dict[int, Edge] = {}
        waiting = [next(iter(of_user))]
        while waiting:
            for edge in of_user.pop(waiting.pop(), ()):
                knot[edge[2].pair.row] = edge
                waiting += edge[:2]
        yield [knot[row] for row in sorted(knot)]


def _reasons(knot: Sequence[Edge]) -> Iterator[tuple[Resolved, str]]:
    circle = _circle(knot)
    if circle:
        said = f"these go in a circle ({_named(circle)}): decide which account remains"
        yield from ((one, said) for _, _, one in circle)
    rest = [edge for edge in knot if edge not in circle]
    primaries = {primary for _, primary, _ in knot}
    if any(duplicate in primaries for duplicate, _, _ in knot):
        said = f"these form a chain ({_named(knot)}): give each duplicate the account that remains in the end"
    else:
        said = f"one duplicate has several Primaries ({_named(knot)}): leave out all of these rows but one"
    yield from ((one, said) for _, _, one in rest)


def _circle(knot: Sequence[Edge]) -> list[Edge]:
    graph: dict[int, set[int]] = defaultdict(set)
    for duplicate, primary, _ in knot:
        graph[primary].add(duplicate)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # Each in the list comes before the next one: is merged into it.
        users = error.args[1]
        steps = set(pairwise(users))
        return [edge for edge in knot if edge[:2] in steps]
    return []


def _named(edges: Sequence[Edge]) -> str:
    return listed([str(one.pair) for _, _, one in edges[:NAMED]], len(edges))
