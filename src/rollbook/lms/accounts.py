"""Looking up a pair of an LMS's id and a user: linked, or declared wrong."""

from rollbook.common.text import control_characters
from rollbook.lms.models import LMS, DeclaredWrong, LMSAccount

MAX_SUBJECT = 255


def account_of(lms_id: int, subject: str) -> LMSAccount | None:
    """Return the LMS account with its user, or None."""
    return LMSAccount.objects.select_related("user", "lms").filter(lms=lms_id, subject=subject).first()


def is_declared_wrong(lms_id: int, subject: str, user_id: int) -> bool:
    """Say whether an administrator has declared this pair wrong."""
    return DeclaredWrong.objects.filter(lms=lms_id, subject=subject, user=user_id).exists()


def pair_refusals(lms: LMS | None, lms_id: int, subject: str) -> list[str]:
    """Return what is wrong with naming this id of this LMS, in sentences."""
    if lms is None:
        return [f"There is no LMS {lms_id}."]
    if not subject.strip() or len(subject) > MAX_SUBJECT or control_characters(subject):
        return [
            f"The id of the person at {lms} must be a text of 1 to {MAX_SUBJECT} characters that can be seen."
        ]
    return []
