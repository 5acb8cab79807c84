"""The Users report."""

from django.http import HttpResponse
from django.shortcuts import render
from django_tables2 import RequestConfig

from rollbook.common.pagination import CAP, AheadPaginator, with_ids
from rollbook.interfaces.console.doors import ConsoleRequest, needs
from rollbook.interfaces.console.user_filters import UserFilters
from rollbook.interfaces.console.user_table import BY_NAME, UserTable
from rollbook.people.access import Right
from rollbook.people.models import User
from rollbook.people.search import find_users

PER_PAGE = 25


@needs(Right.USERS_VIEW)
def users(request: ConsoleRequest) -> HttpResponse:
    """Search, filter, sort and page through the users in the actor's scope."""
    filters = UserFilters(request.GET, actor=request.actor)
    text = request.GET.get("q", "")[:200]
    found = find_users(text, filters.qs)
    # Few rows are sorted; of many, the first ones are read in the order of an index.
    rows = found.users if len(found.ids) > CAP else with_ids(User.objects.all(), found.ids)
    table = UserTable(rows.order_by(*BY_NAME), actor=request.actor, order_by="name")
    table.total = f"{CAP:,}+" if len(found.ids) > CAP else len(found.ids)
    paging = {"per_page": PER_PAGE, "paginator_class": AheadPaginator}
    RequestConfig(request, paginate=paging).configure(table)
    shown = [row.record for row in table.page.object_list]
    table.look_up(shown)
    context = {"table": table, "filters": filters, "found": found, "text": text, "rows": shown}
    template = (
        "console/users_found.html" if request.htmx and not request.htmx.boosted else "console/users.html"
    )
    return render(request, template, context)
