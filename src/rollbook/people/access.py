"""Who may do what, and to whom. Scope is decided here and nowhere else; what is not named is denied."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from rollbook.ledger.actor import Actor
from rollbook.ledger.errors import NotAllowed
from rollbook.people.models import AccessLevel, Location, ManagedLocation, User
from rollbook.people.tree import locations_below, locations_managed

M = TypeVar("M", bound=Model)


class Right(StrEnum):
    """Every right there is, as "subject:action"."""

    USERS_VIEW = "users:view"
    USERS_CREATE = "users:create"
    USERS_EDIT = "users:edit"
    USERS_DEACTIVATE = "users:deactivate"
    USERS_RETRIEVE = "users:retrieve"
    USERS_MERGE = "users:merge"
    USERS_IMPORT = "users:import"
    LMS_ACCOUNTS_RESET = "lms_accounts:reset"
    LMS_ACCOUNTS_LINK = "lms_accounts:link"
    LAUNCHES_VIEW = "launches:view"
    LAUNCHES_TRY = "launches:try"
    LAUNCHES_ADMIT = "launches:admit"
    QUEUE_DECIDE = "queue:decide"
    LMS_VIEW = "lms:view"
    LMS_EDIT = "lms:edit"
    LOCATIONS_VIEW = "locations:view"
    LOCATIONS_EDIT = "locations:edit"
    ATTRIBUTES_VIEW = "attributes:view"
    ATTRIBUTES_EDIT = "attributes:edit"
    OPERATIONS_VIEW = "operations:view"
    CATALOGUE_VIEW = "catalogue:view"
    CATALOGUE_EDIT = "catalogue:edit"
    CONTENT_ROLES_GRANT = "content_roles:grant"
    ENROLMENTS_EDIT = "enrolments:edit"
    TRAINING_VIEW = "training:view"
    TRAINING_RESET = "training:reset"
    IN_PROGRESS_RESET = "in_progress:reset"
    COMPLETION_AWARD = "completion:award"
    PROFILE_EDIT_OWN = "profile:edit_own"
    API_TOKENS_EDIT = "api_tokens:edit"
    SCIM_CONNECT = "scim:connect"
    SCIM_ADOPT = "scim:adopt"


MANAGER = frozenset(
    {
        Right.USERS_VIEW,
        Right.USERS_CREATE,
        Right.USERS_EDIT,
        Right.USERS_DEACTIVATE,
        Right.USERS_RETRIEVE,
        Right.LMS_ACCOUNTS_RESET,
        Right.LAUNCHES_VIEW,
        Right.LOCATIONS_VIEW,
        Right.OPERATIONS_VIEW,
        Right.CATALOGUE_VIEW,
        Right.CONTENT_ROLES_GRANT,
        Right.ENROLMENTS_EDIT,
        Right.TRAINING_VIEW,
        Right.IN_PROGRESS_RESET,
    }
)
# What everybody may do to themselves, and to nobody else.
OWN = frozenset(
    {Right.LAUNCHES_ADMIT, Right.IN_PROGRESS_RESET, Right.COMPLETION_AWARD, Right.PROFILE_EDIT_OWN}
)
ADMINISTRATOR = MANAGER | {
    Right.USERS_MERGE,
    Right.USERS_IMPORT,
    Right.LMS_ACCOUNTS_LINK,
    Right.LAUNCHES_TRY,
    Right.QUEUE_DECIDE,
    Right.LMS_VIEW,
    Right.LOCATIONS_EDIT,
    Right.ATTRIBUTES_VIEW,
    Right.TRAINING_RESET,
}
RIGHTS: dict[AccessLevel, frozenset[Right]] = {
    AccessLevel.LEARNER: frozenset(),
    AccessLevel.LOCATION_MANAGER: MANAGER,
    AccessLevel.ADMINISTRATOR: ADMINISTRATOR,
    # With the right to admit, which no page offers, a super user can undo what an LMS brought about.
    AccessLevel.SUPER_USER: frozenset(Right),
}
# What an API token may hold: neither what people do to themselves, nor the right to make further tokens.
TOKEN_RIGHTS = frozenset(Right) - {
    Right.LAUNCHES_ADMIT,
    Right.COMPLETION_AWARD,
    Right.PROFILE_EDIT_OWN,
    Right.API_TOKENS_EDIT,
}
# What concerns no location, and so is beyond the scope of whoever is bound to one.
OF_NO_LOCATION = RIGHTS[AccessLevel.SUPER_USER] - ADMINISTRATOR - {Right.SCIM_CONNECT, Right.SCIM_ADOPT}


def below(level: AccessLevel) -> list[AccessLevel]:
    """Return the access levels lower than `level`."""
    return [other for other in AccessLevel if other.rank < level.rank]


@dataclass(frozen=True)
class UserActor:
    """A signed-in user who acts."""

    user: User

    @property
    def key(self) -> str:
        """Return `user:<id>`."""
        return f"user:{self.user.pk}"

    @property
    def name(self) -> str:
        """Return the user's full name."""
        return self.user.full_name

    @property
    def user_id(self) -> int | None:
        """Return the user's id."""
        return self.user.pk

    @property
    def answers_to(self) -> int | None:
        """Return the user's id."""
        return self.user.pk

    @property
    def everywhere(self) -> bool:
        """Say whether the actor's scope has no bounds."""
        return self.user.level == AccessLevel.SUPER_USER

    def now(self) -> "UserActor":
        """Return the actor with the status and the access level of now."""
        user = User.objects.filter(pk=self.user.pk).first()
        if user is None:
            raise NotAllowed
        return type(self)(user)

    def may(self, right: str) -> bool:
        """Say whether the user's access level includes `right` and the user is active."""
        return self.user.is_active and right in RIGHTS[self.user.level]

    def scope(self, path: str) -> Q:
        """Return the condition that the location under `path` (a field path ending in a location) is in scope."""
        if self.everywhere:
            return Q()
        if not RIGHTS[self.user.level]:
            return Q(pk__in=[])
        return Q(**{f"{path}__in": locations_managed(self.user.pk)})

    def grantable_levels(self) -> list[AccessLevel]:
        """Return the access levels that this user may give to others."""
        return list(AccessLevel) if self.everywhere else below(self.user.level)

    def sees_users(self, users: "QuerySet[User] | None" = None) -> "QuerySet[User]":
        """Return the users whom the actor may look at: all in scope, whatever their level."""
        rows = User.objects.all() if users is None else users
        return rows.filter(self.scope("location"))

    def reach(self, rows: "QuerySet[M]") -> "QuerySet[M]":
        """Return the rows the actor may change: users of lower levels in scope, and locations in scope.

        A user who manages a location beyond the actor's scope is beyond the actor's reach.
        """
        if self.everywhere:
            return rows
        if rows.model is User:
            beyond = ManagedLocation.objects.exclude(self.scope("location")).values("user")
            in_scope = Q(self.scope("location"), access_level__in=below(self.user.level))
            return rows.filter(in_scope).exclude(pk__in=beyond)
        if rows.model is Location:
            return rows.filter(self.scope("pk"))
        return rows.none()


class SelfActor(UserActor):
    """A user who acts on nobody else, whatever their access level."""

    def may(self, right: str) -> bool:
        """Say whether it is something that everybody may do to themselves."""
        return self.user.is_active and right in OWN

    def reach(self, rows: "QuerySet[M]") -> "QuerySet[M]":
        """Return the user's own row."""
        return rows.filter(pk=self.user.pk) if rows.model is User else rows.none()


@dataclass(frozen=True)
class MachineActor:
    """A machine that acts: `lms:<name>`, `scim:<name>`, `api:<name>`, or the operator as `cli:<account>`."""

    kind: str
    label: str
    rights: frozenset[str] = field(default_factory=frozenset)
    everywhere: bool = False
    answers_to: int | None = None

    @property
    def key(self) -> str:
        """Return `<kind>:<label>`."""
        return f"{self.kind}:{self.label}"

    @property
    def name(self) -> str:
        """Return the label."""
        return self.label

    @property
    def user_id(self) -> int | None:
        """Return None: a machine is no user."""
        return None

    def now(self) -> "MachineActor":
        """Return the same: what a machine may do was given with it."""
        return self

    def may(self, right: str) -> bool:
        """Say whether the machine was given `right`."""
        return right in self.rights

    def reach(self, rows: "QuerySet[M]") -> "QuerySet[M]":
        """Return learners, and locations to put them in; everything for the operator at the command line."""
        if self.everywhere:
            return rows
        if rows.model is User:
            return rows.filter(Q(access_level=AccessLevel.LEARNER))
        return rows if rows.model is Location else rows.none()

    def grantable_levels(self) -> list[AccessLevel]:
        """Return the access levels that this machine may give to others."""
        return list(AccessLevel) if self.everywhere else [AccessLevel.LEARNER]

    def sees_users(self, users: "QuerySet[User] | None" = None) -> "QuerySet[User]":
        """Return the users whose names the machine may be told: all for the operator, else none."""
        rows = User.objects.all() if users is None else users
        return rows if self.everywhere else rows.none()


@dataclass(frozen=True)
class ClientActor(MachineActor):
    """Somebody else's system (`api:<name>`): sees one location and all below it, and changes learners there.

    Without a location it is `everywhere`, where it changes learners, and what is no user at all.
    """

    location_id: int | None = None

    def scope(self, path: str) -> Q:
        """Return the condition that the location under `path` (a field path ending in a location) is in scope."""
        if self.location_id is None:
            return Q()
        return Q(**{f"{path}__in": locations_below(self.location_id)})

    def reach(self, rows: "QuerySet[M]") -> "QuerySet[M]":
        """Return learners and locations in scope; of other tables everything, or for one with a location nothing."""
        if rows.model is User:
            return rows.filter(self.scope("location"), access_level=AccessLevel.LEARNER)
        if rows.model is Location:
            return rows.filter(self.scope("pk"))
        return rows if self.location_id is None else rows.none()

    def grantable_levels(self) -> list[AccessLevel]:
        """Return learner: rights never travel through a machine."""
        return [AccessLevel.LEARNER]

    def sees_users(self, users: "QuerySet[User] | None" = None) -> "QuerySet[User]":
        """Return the users whom it may look at: all in scope, whatever their level."""
        rows = User.objects.all() if users is None else users
        return rows.filter(self.scope("location"))


def grantable_levels(acting: Actor) -> list[AccessLevel]:
    """Return the access levels that an actor may give to others; none for an actor of an unknown kind."""
    return acting.grantable_levels() if isinstance(acting, UserActor | MachineActor) else []


def users_seen(acting: Actor, among: "QuerySet[User] | None" = None) -> "QuerySet[User]":
    """Return the users whom an actor may look at; none for an actor of an unknown kind."""
    return acting.sees_users(among) if isinstance(acting, UserActor | MachineActor) else User.objects.none()


def seen_name(user: User, acting: Actor) -> str:
    """Return a user's full name if the actor may see that user, else "another user"."""
    known = users_seen(acting, User.objects.filter(pk=user.pk)).exists()
    return user.full_name if known else "another user"


def super_users() -> "QuerySet[User]":
    """Return the active super users: one must always stay."""
    return User.objects.filter(access_level=AccessLevel.SUPER_USER, status=User.Status.ACTIVE)


def leaves_no_super_user(leaving: "QuerySet[User]") -> bool:
    """Say whether nobody who may do everything would stay without the users `leaving`."""
    ids = leaving.order_by().values("pk")
    return super_users().filter(pk__in=ids).exists() and not super_users().exclude(pk__in=ids).exists()


def actor_for(user: User) -> UserActor:
    """Return the actor that a user is."""
    return UserActor(user)


def oneself(user: User) -> SelfActor:
    """Return the actor of a user who acts on their own account only: proves a launch, learns."""
    return SelfActor(user)


def operator(account: str) -> MachineActor:
    """Return the actor of somebody at the server's command line, who could write to the database anyway."""
    return MachineActor("cli", account, frozenset(Right), everywhere=True)


def lms_actor(name: str) -> MachineActor:
    """Return the actor of a launch: an LMS may admit learners, and touch nobody above."""
    return MachineActor("lms", name, frozenset({Right.LAUNCHES_ADMIT}))


def rollbook_itself() -> MachineActor:
    """Return the actor of awards for completions that no learner's activity brought about."""
    return MachineActor("rollbook", "Rollbook", frozenset({Right.COMPLETION_AWARD}), everywhere=True)
