"""Create, rename or move a category of the tree."""

from dataclasses import dataclass

from django.db.models import QuerySet

from rollbook.common.text import tidy
from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.operations.saving import saved
from rollbook.people.access import Right
from rollbook.training.catalogue import Category
from rollbook.training.catalogue_checks import categories_above, missing_problem, name_problem


@dataclass(frozen=True, kw_only=True)
class SaveCategory(Operation):
    """Create a category, or where `category_id` is given, let it have this name and this parent.

    `parent_id` None puts it at the top of the tree. All below a category moves with it.
    """

    verb = "save_category"
    right = Right.CATALOGUE_EDIT

    category_id: int | None = None
    name: str
    parent_id: int | None = None

    def problems(self, _acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence} of what stands against it."""
        name, found = tidy(self.name), {}
        if self.category_id is not None and not self._rows.exists():
            found["category_id"] = f"There is no category #{self.category_id}."
        same = Category.objects.filter(parent=self.parent_id, name=name).exclude(pk=self.category_id or 0)
        if problem := name_problem(name, "The name", same):
            found["name"] = problem
        if self.parent_id and (problem := missing_problem(Category, (self.parent_id,))):
            found["parent_id"] = problem
        elif self._above.filter(pk=self.category_id or 0).exists():
            found["parent_id"] = "A category cannot be moved under itself. Choose a place outside of it."
        return found

    def plan(self, acting: Actor) -> Plan:
        """Say what is created, renamed or moved."""
        problems, category, name = self.problems(acting), self._rows.first(), tidy(self.name)
        return Plan(
            operation=self,
            summary=f"Edit the category {category.name}" if category else f"Create the category {name}",
            subjects=[self._rows],
            effects=[] if problems else saved(self._rows, {"name": name, "parent_id": self.parent_id}),
            # The way up must stay as it was read: two moves at once could make a circle.
            relies_on=[self._above],
            notes=self._notes(category),
            refusals=list(problems.values()),
        )

    @property
    def _rows(self) -> "QuerySet[Category]":
        return Category.objects.filter(pk__in=[self.category_id or 0])

    @property
    def _above(self) -> "QuerySet[Category]":
        return categories_above(self.parent_id)

    def _notes(self, category: Category | None) -> list[Note]:
        if category is None or category.parent_id == self.parent_id:
            return []
        parent = Category.objects.filter(pk__in=[self.parent_id or 0]).first()
        where = f"under {parent.name}" if parent else "to the top of the tree"
        return [
            Note(f"{category.name} moves {where} with all below it", "training and access stay as they are")
        ]
