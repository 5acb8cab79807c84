"""The table of the Users report, with a constant number of queries a page."""

from typing import Any

import django_tables2 as tables
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Lower
from django.utils.safestring import SafeString

from rollbook.interfaces.console.user_menu import menu_of, page_of, within_reach
from rollbook.interfaces.web.markup import markup, markup_join
from rollbook.interfaces.web.tags import access_badge, badge, row_menu, status_badge, when
from rollbook.lms.models import Launch, LMSAccount
from rollbook.lms.queue import possible_cross_links
from rollbook.people.access import UserActor
from rollbook.people.models import AccessLevel, Identifier, User

ACTIONS = {"td": {"class": "actions"}, "th": {"class": "actions"}}
WIDE = {part: {"class": "d-none d-xxl-table-cell"} for part in ("th", "td")}  # only where there is room
BY_NAME = (Lower("last_name"), Lower("first_name"), "pk")


class UserTable(tables.Table):
    """Who they are, how they are known, where they are and come from, and what may be done."""

    name = tables.Column(verbose_name="Name", accessor="full_name")
    ids = tables.Column(verbose_name="IDs", accessor="pk", orderable=False)
    location = tables.Column(verbose_name="Location", orderable=False)
    lms_accounts = tables.Column(verbose_name="LMS accounts", accessor="pk", orderable=False)
    launched = tables.Column(verbose_name="Last launch", accessor="last_launch", orderable=False)
    created_at = tables.Column(verbose_name="Registered", attrs=WIDE)
    menu = tables.Column(verbose_name="", accessor="pk", orderable=False, attrs=ACTIONS)

    class Meta:
        template_name = "components/table.html"
        row_attrs = {"id": lambda record: f"user-{record.pk}"}  # django-tables2 declares it so

    def __init__(self, users: "QuerySet[User]", *, actor: UserActor, **kwargs: Any) -> None:
        self.actor = actor
        super().__init__(with_details(users), **kwargs)
        self.caption, self.thing, self.things = "Users", "user", "users"
        self.total: int | str | None = None
        self.reachable: set[int] = set()
        self.crossed: set[int] = set()
        self.primaries: dict[int, User] = {}
        self.identifiers: dict[int, list[tuple[str, str]]] = {}

    def look_up(self, users: list[User]) -> None:
        """Find out about all rows of the page at once what each of them needs."""
        self.reachable = within_reach(self.actor, users)
        ids = [user.pk for user in users]
        if merged_into := {user.merged_into_id for user in users if user.merged_into_id}:
            self.primaries = self.actor.sees_users().in_bulk(merged_into)
        launches = Launch.objects.filter(user__in=ids)
        # Few pages have one at all, and to find out is quicker than to ask the whole question.
        if launches.filter(contradicts__isnull=False).exists():
            self.crossed = set(possible_cross_links(launches).values_list("user_id", flat=True))
        identifiers = Identifier.objects.filter(user__in=ids).order_by("attribute__position", "pk")
        for user_id, label, value in identifiers.values_list("user_id", "attribute__label", "value"):
            self.identifiers.setdefault(user_id, []).append((label, value))

    def order_name(self, users: "QuerySet[User]", is_descending: bool) -> "tuple[QuerySet[User], bool]":  # noqa: FBT001  # django-tables2 calls it so
        """Order as the index does."""
        ordered = users.order_by(*BY_NAME)
        return (ordered.reverse() if is_descending else ordered), True

    def order_created_at(self, users: "QuerySet[User]", is_descending: bool) -> "tuple[QuerySet[User], bool]":  # noqa: FBT001  # django-tables2 calls it so
        """Order as the index does."""
        return users.order_by(*(("-created_at", "-pk") if is_descending else ("created_at", "pk"))), True

    def draw_name(self, user: User) -> SafeString:
        """Draw name, e-mail, and what is unusual about the user."""
        marks = [status_badge(user)] if not user.is_active else []
        if user.merged_into_id:
            marks.append(self._primary_of(user.merged_into_id))
        marks += [access_badge(user)] if user.level != AccessLevel.LEARNER else []
        marks += [badge("Possible cross-link", "yellow")] if user.pk in self.crossed else []
        return markup(
            '<a class="text-reset fw-medium" href="{}">{}</a> {}<div class="text-secondary text-break-anywhere">{}</div>',
            page_of(user),
            user.full_name,
            markup_join(" ", "{}", ((mark,) for mark in marks)),
            user.email,
        )

    def _primary_of(self, primary_id: int) -> SafeString:
        """Draw into whom a user was merged, by name where the actor may know it."""
        if (primary := self.primaries.get(primary_id)) is None:
            return SafeString("into another user")
        return markup('into <a href="{}">{}</a>', page_of(primary), primary.full_name)

    def draw_ids(self, user: User) -> SafeString:
        """Draw the identifiers, each with its attribute."""
        rows = self.identifiers.get(user.pk, [])
        drawn = markup_join("", '<div><span class="text-secondary">{}</span> {}</div>', rows)
        return drawn or SafeString("–")

    def draw_location(self, user: User) -> str:
        """Return the name of the place where the user is."""
        return user.location.name

    def draw_lms_accounts(self, user: User) -> SafeString:
        """Draw the LMSs that the user came from."""
        rows = ((badge(account.lms.name, "azure"),) for account in user.lms_accounts.all())
        return markup_join(" ", "{}", rows) or markup('<span class="text-secondary">{}</span>', "none")

    def draw_launched(self, user: User) -> str:
        """Draw when the user last came from an LMS."""
        moment = getattr(user, "last_launch", None)
        return when(moment) if moment else "never"

    def draw_created_at(self, user: User) -> SafeString:
        """Draw when the user was registered."""
        return when(user.created_at)

    def draw_menu(self, user: User) -> SafeString:
        """Draw the chevron and its menu."""
        return row_menu(user.pk, user, menu_of(user, self.actor, reachable=user.pk in self.reachable))


def with_details(users: "QuerySet[User]") -> "QuerySet[User]":
    """Return users with what a row shows."""
    last = Launch.objects.filter(user=OuterRef("pk")).order_by("-id").values("at")[:1]
    return (
        users.select_related("location")
        .prefetch_related(
            Prefetch(
                "lms_accounts",
                LMSAccount.objects.select_related("lms")
                .only("user", "lms__name")
                .order_by("lms__name", "pk"),
            )
        )
        .annotate(last_launch=Subquery(last))
    )
