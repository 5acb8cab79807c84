"""Paging through lists of any length: the next page is known, the total only up to a cap."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db import connection, transaction
from django.db.models import QuerySet

CAP = 1000


def capped_count(rows: "QuerySet[Any, Any]", cap: int = CAP) -> int:
    """Return how many rows there are, or `cap` + 1 where there are more; the cost does not grow beyond that."""
    sql, params = rows.order_by().values("pk")[: cap + 1].query.get_compiler(connection=connection, elide_empty=False).as_sql()
    with transaction.atomic(), connection.cursor() as cursor:
        # Without this the planner reads a large table from its start where the first rows by an index are quicker.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"SELECT count(*) FROM ({sql}) s", params)
        found: int = cursor.fetchone()[0]
        cursor.execute("SET LOCAL enable_seqscan = on")
    return found


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
    """Reads one row more than a page holds instead of counting all of them."""

    @cached_property
    def count(self) -> int:
        """Return nothing useful: lists of a million rows are not counted to show twenty of them."""
        return 0

    def validate_number(self, number: Any) -> int:
        """Return the page's number; raises PageNotAnInteger or EmptyPage."""
        if not str(number).isdecimal():
            raise PageNotAnInteger("That is not the number of a page.")
        if not 1 <= int(number) <= 1_000_000:
            raise EmptyPage("There is no such page.")
        return int(number)

    def page(self, number: Any) -> AheadPage:
        """Return one page; one beyond the end is empty."""
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        return AheadPage(rows[: self.per_page], number, self, more=len(rows) > self.per_page)
