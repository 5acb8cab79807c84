"""Whether a user attribute may be as it is given."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db.models import QuerySet

from rollbook.common.text import listed, tidy
from rollbook.people.fields import VALUE_LENGTH, text_problem, value_problem
from rollbook.people.key_changes import key_off_problem, key_on_problem
from rollbook.people.models import AttributeValue, Identifier, UserAttribute

LABEL_LENGTH, CODE_LENGTH, NAMED = 100, 60, 5
RESERVED = {"email"}  # an LMS's matcher names the e-mail address by it


@dataclass(frozen=True, kw_only=True)
class AttributeDraft:
    """A user attribute as it is to be. `code` is for a new one; it never changes afterwards."""

    label: str
    code: str = ""
    kind: str = "text"
    choices: tuple[str, ...] = ()
    key: bool = False
    required: bool = False
    position: int = 100

    def choice_texts(self) -> list[str]:
        """Return the texts to choose from, tidied; none where the kind is no choice."""
        if self.kind != UserAttribute.Kind.CHOICE:
            return []
        return list(dict.fromkeys(filter(None, map(tidy, self.choices))))

    def columns(self) -> dict[str, object]:
        """Return {field of UserAttribute: value} of all that may change."""
        return {
            "label": tidy(self.label),
            "kind": self.kind,
            "choices": self.choice_texts(),
            "key": self.key,
            "required": self.required,
            "position": self.position,
        }


def values_of(attribute: UserAttribute) -> "QuerySet[Identifier] | QuerySet[AttributeValue]":
    """Return the rows that hold the attribute's values now."""
    model = Identifier if attribute.key else AttributeValue
    return model._default_manager.filter(attribute=attribute)


def attribute_problems(draft: AttributeDraft, attribute: UserAttribute | None) -> dict[str, str]:
    """Return {field of AttributeDraft: sentence} of what stands against it; `attribute` None is a new one."""
    found: dict[str, str] = {}
    for field, problem in (*_of_the_draft(draft, attribute), *_of_the_values(draft, attribute)):
        found.setdefault(field, problem)
    return found


def _of_the_draft(draft: AttributeDraft, attribute: UserAttribute | None) -> Iterator[tuple[str, str]]:
    label, others = tidy(draft.label), UserAttribute.objects.exclude(pk=attribute.pk if attribute else 0)
    if problem := text_problem(label, "The label", longest=LABEL_LENGTH):
        yield "label", problem
    elif others.filter(label__iexact=label).exists():
        yield "label", f"There is another user attribute “{label}”. Give another label."
    if attribute is None:
        yield from (("code", problem) for problem in _of_the_code(draft.code))
    elif draft.code not in {"", attribute.code}:
        yield "code", f"The code stays {attribute.code}: integrations name the attribute by it."
    if draft.kind not in UserAttribute.Kind.values:
        yield (
            "kind",
            f"There is no kind “{draft.kind}”. Choose one of: {', '.join(UserAttribute.Kind.values)}.",
        )
    elif draft.kind == UserAttribute.Kind.CHOICE:
        if len(draft.choice_texts()) < 2:
            yield "choices", "Give at least two texts to choose from."
        for choice in draft.choice_texts():
            if problem := text_problem(choice, "A choice", longest=VALUE_LENGTH):
                yield "choices", problem


def _of_the_code(code: str) -> Iterator[str]:
    try:
        validate_slug(code)
    except ValidationError:
        yield "The code is made of letters without accents, digits, - and _. Give one like student_id."
    if len(code) > CODE_LENGTH:
        yield f"The code has {len(code)} characters; {CODE_LENGTH} is the most."
    if code in RESERVED or UserAttribute.objects.filter(code=code).exists():
        yield f"The code “{code}” is in use. Give another one."


def _of_the_values(draft: AttributeDraft, attribute: UserAttribute | None) -> Iterator[tuple[str, str]]:
    if attribute is None or draft.kind not in UserAttribute.Kind.values:
        return
    if draft.key != attribute.key:
        problem = key_on_problem(attribute) if draft.key else key_off_problem(attribute)
        if problem:
            yield "key", problem
    wanted = draft.columns()
    if (wanted["kind"], wanted["choices"]) != (attribute.kind, attribute.choices):
        misfits = _misfits(draft, attribute)
        if misfits:
            named = listed([f"“{value}”" for value in misfits[:NAMED]], len(misfits))
            field = "choices" if draft.kind == attribute.kind else "kind"
            yield field, f"Users have values that would not fit any more: {named}. Correct them first."


def _misfits(draft: AttributeDraft, attribute: UserAttribute) -> list[str]:
    values = values_of(attribute).order_by("value").values_list("value", flat=True).distinct()
    choices = draft.choice_texts()
    return [value for value in values.iterator() if value_problem(value, draft.label, draft.kind, choices)]
