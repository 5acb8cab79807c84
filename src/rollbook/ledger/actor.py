"""Who acts. The ledger asks an actor for its rights and its reach, and knows nothing else of it."""

from typing import Protocol, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


class Actor(Protocol):
    """A user, a machine (`lms:<name>`, `scim:<name>`, `api:<name>`) or the operator at the command line."""

    @property
    def key(self) -> str:
        """Return `user:<id>` or `<kind>:<name>`."""

    @property
    def name(self) -> str:
        """Return how people call the actor."""

    @property
    def user_id(self) -> int | None:
        """Return the id of the user who acts, or None for a machine."""

    @property
    def answers_to(self) -> int | None:
        """Return the id of the user who acts, or who gave a machine what it may do; None for one that nobody did."""

    def now(self) -> "Actor":
        """Return the actor as the register has it now. Raises NotAllowed for one who is gone."""

    def may(self, right: str) -> bool:
        """Say whether the actor holds `right` ("subject:action") at all."""

    def reach(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Return those of `rows` that the actor may change."""
