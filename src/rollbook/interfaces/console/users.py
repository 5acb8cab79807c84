"""The Users report."""

from django.http import HttpResponse
from django.shortcuts import render
from django_tables2 import RequestConfig

from rollbook.common.pagination import CAP, AheadPaginator, capped_count
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.user_filters import UserFilters
from rollbook.interfaces.console.user_table import BY_NAME, UserTable
from rollbook.people.access import Right
from rollbook.people.search import find_users

PER_PAGE = 25


@needs(Right.USERS_VIEW)
def users(request: ConsoleRequest) -> HttpResponse:
    """Search, filter, sort and page through the users in the actor's scope."""
    filters = UserFilters(request.GET, actor=request.actor)
    text = request.GET.get("q", "")[:200]
    found = find_users(text, filters.qs)
    table = UserTable(found.users.order_by(*BY_NAME), actor=request.actor, order_by="name")
    RequestConfig(request, paginate={"per_page": PER_PAGE, "paginator_class": AheadPaginator}).configure(table)
    rows = [row.record for row in table.page.object_list]
    table.look_up(rows)
    only_page = table.page.number == 1 and not table.page.has_next()
    count = len(rows) if only_page else capped_count(found.users)
    table.total = f"{CAP:,}+" if count > CAP else count
    context = {"table": table, "filters": filters, "found": found, "text": text, "rows": rows}
    template = "console/users_found.html" if request.htmx and not request.htmx.boosted else "console/users.html"
    return render(request, template, context)
