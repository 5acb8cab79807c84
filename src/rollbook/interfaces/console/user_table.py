"""The table of the Users report, with a constant number of queries a page."""

from collections.abc import Sequence
from typing import Any

import django_tables2 as tables
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rollbook.interfaces.console.user_menu import menu_of, within_reach
from rollbook.interfaces.web.tables import MenuColumn, MenuItem, WhenColumn
from rollbook.interfaces.web.tags import access_badge, badge, status_badge
from rollbook.lms.models import Launch, LMSAccount
from rollbook.lms.queue import possible_cross_links
from rollbook.people.access import UserActor
from rollbook.people.models import AccessLevel, Identifier, User

WIDE = {"td": {"class": "d-none d-md-table-cell"}}  # left out on a phone
BY_NAME = (Lower("last_name"), Lower("first_name"), "pk")


class UserTable(tables.Table):
    """Who they are, how they are known, where they live and come from, and what may be done."""

    name = tables.Column(verbose_name="Name", accessor="full_name")
    ids = tables.Column(verbose_name="IDs", accessor="pk", orderable=False)
    location = tables.Column(verbose_name="Location", orderable=False)
    lms_accounts = tables.Column(verbose_name="LMS accounts", accessor="pk", orderable=False)
    launched = WhenColumn(
        verbose_name="Last launch", accessor="last_launch", orderable=False, default="never"
    )
    created_at = WhenColumn(verbose_name="Registered", attrs=WIDE)

    class Meta:
        template_name = "components/table.html"
        row_attrs = {"id": lambda record: f"user-{record.pk}"}  # django-tables2 declares it so

    def __init__(self, users: "QuerySet[User]", *, actor: UserActor, **kwargs: Any) -> None:
        self.actor = actor
        menu = ("menu", MenuColumn(self.items))
        super().__init__(with_details(users), extra_columns=[menu], **kwargs)
        self.caption, self.things = "Users", "users"
        self.total: int | str | None = None
        self.reachable: set[int] = set()
        self.crossed: set[int] = set()

    def look_up(self, users: list[User]) -> None:
        """Find out about all rows of the page at once what each of them needs."""
        self.reachable = within_reach(self.actor, users)
        launches = Launch.objects.filter(user__in=[user.pk for user in users])
        self.crossed = set(possible_cross_links(launches).values_list("user_id", flat=True))

    def items(self, user: User) -> Sequence[MenuItem]:
        """Return the row's menu."""
        return menu_of(user, self.actor, reachable=user.pk in self.reachable)

    def order_name(self, users: "QuerySet[User]", is_descending: bool) -> "tuple[QuerySet[User], bool]":  # noqa: FBT001  # django-tables2 calls it so
        """Order as the index does."""
        ordered = users.order_by(*BY_NAME)
        return (ordered.reverse() if is_descending else ordered), True

    def order_created_at(self, users: "QuerySet[User]", is_descending: bool) -> "tuple[QuerySet[User], bool]":  # noqa: FBT001  # django-tables2 calls it so
        """Order as the index does."""
        return users.order_by(*(("-created_at", "-pk") if is_descending else ("created_at", "pk"))), True

    def render_name(self, record: User) -> SafeString:
        """Draw name, e-mail, and what is unusual about the user."""
        marks = [status_badge(record)] if not record.is_active else []
        marks += [access_badge(record)] if record.level != AccessLevel.LEARNER else []
        marks += [badge("Possible cross-link", "yellow")] if record.pk in self.crossed else []
        return format_html(
            '<a class="text-reset fw-medium" href="{}">{}</a> {}<div class="text-secondary text-break-anywhere">{}</div>',
            reverse("console:user", args=[record.pk]),
            record.full_name,
            format_html_join(" ", "{}", ((mark,) for mark in marks)),
            record.email,
        )

    def render_ids(self, record: User) -> SafeString:
        """Draw the identifiers, each with its attribute."""
        rows = ((i.attribute.label, i.value) for i in record.identifiers.all())
        return format_html_join(
            "", '<div><span class="text-secondary">{}</span> {}</div>', rows
        ) or format_html("{}", "–")

    def render_lms_accounts(self, record: User) -> SafeString:
        """Draw the LMSs that the user came from."""
        rows = ((badge(account.lms, "azure"),) for account in record.lms_accounts.all())
        return format_html_join(" ", "{}", rows) or format_html(
            '<span class="text-secondary">{}</span>', "none"
        )


def with_details(users: "QuerySet[User]") -> "QuerySet[User]":
    """Return users with what a row shows."""
    last = Launch.objects.filter(user=OuterRef("pk")).order_by("-id").values("at")[:1]
    return (
        users.select_related("location")
        .prefetch_related(
            Prefetch(
                "identifiers",
                Identifier.objects.select_related("attribute").order_by("attribute__position", "pk"),
            ),
            Prefetch("lms_accounts", LMSAccount.objects.select_related("lms").order_by("lms__name", "pk")),
        )
        .annotate(last_launch=Subquery(last))
    )
