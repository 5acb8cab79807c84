"""Create or edit a content role: its name, and the courses and chapters in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from rollbook.common.text import counted, tidy
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, Effect, Remove
from rollbook.ledger.operation import Note, Operation, Plan
from rollbook.operations.saving import saved
from rollbook.people.access import Right
from rollbook.training.catalogue import Chapter, ContentRole, Course, RoleContent, RoleGrant
from rollbook.training.catalogue_checks import missing_problem, name_problem


@dataclass(frozen=True, kw_only=True)
class SaveContentRole(Operation):
    """Create a content role, or let `content_role_id` have this name and exactly these courses and chapters."""

    verb = "save_content_role"
    right = Right.CATALOGUE_EDIT

    content_role_id: int | None = None
    name: str
    course_ids: tuple[int, ...] = ()
    chapter_ids: tuple[int, ...] = ()

    def problems(self, _acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence} of what stands against it."""
        name, found = tidy(self.name), {}
        if self.content_role_id is not None and not self._rows.exists():
            found["content_role_id"] = f"There is no content role #{self.content_role_id}."
        same = ContentRole.objects.filter(name=name).exclude(pk=self.content_role_id or 0)
        if problem := name_problem(name, "The name", same):
            found["name"] = problem
        if problem := missing_problem(Course, self.course_ids):
            found["course_ids"] = problem
        if problem := missing_problem(Chapter, self.chapter_ids):
            found["chapter_ids"] = problem
        return found

    def plan(self, acting: Actor) -> Plan:
        """Say what is created or differs, and how many people it reaches."""
        problems, role, name = self.problems(acting), self._rows.first(), tidy(self.name)
        return Plan(
            operation=self,
            summary=f"Edit the content role {role}" if role else f"Create the content role {name}",
            subjects=[self._rows],
            effects=[] if problems else list(self._effects(role, name)),
            notes=self._notes(),
            refusals=list(problems.values()),
        )

    @property
    def _rows(self) -> "QuerySet[ContentRole]":
        return ContentRole.objects.filter(pk__in=[self.content_role_id or 0])

    def _effects(self, role: ContentRole | None, name: str) -> Iterator[Effect]:
        own = saved(self._rows, {"name": name})
        yield from own
        content = RoleContent.objects.filter(content_role=self.content_role_id or 0)
        staying = Q(course__in=self.course_ids) | Q(chapter__in=self.chapter_ids)
        yield Remove(content.exclude(pk__in=content.filter(staying).values("pk")))
        for column, ids in (("course_id", self.course_ids), ("chapter_id", self.chapter_ids)):
            there = set(content.values_list(column, flat=True))
            for number in sorted(set(ids) - there):
                yield Create(RoleContent, {"content_role": role or own[0], column: number})

    def _notes(self) -> list[Note]:
        users = RoleGrant.objects.filter(content_role=self.content_role_id or 0).count()
        why = (
            "what is added they see at once; of what leaves they keep courses they are enrolled on, and chapters they "
            "have begun"
        )
        return (
            [Note(f"{counted(users, 'user')} {'has' if users == 1 else 'have'} this content role", why)]
            if users
            else []
        )
