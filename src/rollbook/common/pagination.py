"""Paging through lists of any length: the next page is known, the total only up to a cap."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

CAP = 1000
LONGEST = 100
MOST_PAGES = 1_000_000


def first_ids(rows: "QuerySet[Any, Any]", cap: int = CAP) -> list[int]:
    """Return the ids of all rows, or of `cap` + 1 where there are more; in no order, so that any index serves."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Left alone, the planner reads a large table from its start.
        cursor.execute("SELECT set_config('enable_seqscan', 'off', true)")
        ids = list(rows.order_by().values_list("pk", flat=True)[: cap + 1])
        cursor.execute("SELECT set_config('enable_seqscan', 'on', true)")
    return ids


def with_ids(rows: "QuerySet[Any]", ids: list[int]) -> "QuerySet[Any]":
    """Return the rows with these ids: one parameter however many there are, where pk__in prepares each of them."""
    return rows.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [ids]))


class AheadPage(Page):  # type: ignore[type-arg]  # not subscriptable when running
    """A page that knows whether another one follows, without counting."""

    def __init__(self, rows: Sequence[Any], number: int, paginator: "AheadPaginator", *, more: bool) -> None:
        super().__init__(rows, number, paginator)
        self.more = more

    def has_next(self) -> bool:
        """Say whether a page follows."""
        return self.more

    def start_index(self) -> int:
        """Return the number of the first row, from 1; 0 where there is none."""
        return self.paginator.per_page * (self.number - 1) + 1 if self.object_list else 0

    def end_index(self) -> int:
        """Return the number of the last row."""
        return self.paginator.per_page * (self.number - 1) + len(self.object_list)


class AheadPaginator(Paginator):  # type: ignore[type-arg]  # not subscriptable when running
    """Reads one row more than a page holds instead of counting all of them; a page holds `LONGEST` rows at most."""

    def __init__(self, object_list: Any, per_page: int, **kwargs: Any) -> None:
        super().__init__(object_list, min(max(int(per_page), 1), LONGEST), **kwargs)

    @cached_property
    def count(self) -> int:
        """Return nothing useful: lists of a million rows are not counted to show twenty of them."""
        return 0

    def validate_number(self, number: Any) -> int:
        """Return the page's number; raises PageNotAnInteger or EmptyPage."""
        if not str(number).isdecimal():
            raise PageNotAnInteger("That is not the number of a page.")
        # Python does not even read thousands of digits.
        if len(str(number)) > len(str(MOST_PAGES)) or not 1 <= int(number) <= MOST_PAGES:
            raise EmptyPage("There is no such page.")
        return int(number)

    def page(self, number: Any) -> AheadPage:
        """Return one page; one beyond the end is empty."""
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        return AheadPage(rows[: self.per_page], number, self, more=len(rows) > self.per_page)
