"""Why something that a learner did was not kept. Each class's docstring is the message that the learner reads."""

import inspect
from typing import Self

from django.utils import timezone
from django.utils.formats import date_format

from rollbook.people.models import User
from rollbook.training.records import ChapterProgress


class LearningError(Exception):
    """This was not kept."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or "").replace("\n", " "))


class Busy(LearningError):
    """An administrator is changing your records at this moment. Wait a few seconds, then try again."""


class NotOpen(LearningError):
    """This chapter is not open to you now. Ask your administrator if you need it."""


class NoAttemptsLeft(LearningError):
    """You have used all attempts at this quiz. Ask your administrator for another one."""


class NotWatched(LearningError):
    """Watch the video to its end first. Then the quiz opens."""


class NotAtTheEnd(LearningError):
    """The video was not seen to its end yet."""


class WasReset(LearningError):
    """This chapter was set back. Start it again."""

    @classmethod
    def of(cls, progress: ChapterProgress, user: User) -> Self:
        """Say who set the chapter back, as seen by `user`, and when."""
        operation = progress.last_operation
        if operation is None:
            return cls()
        who = "You" if operation.actor_user_id == user.pk else "An administrator"
        at = timezone.localtime(operation.at)
        day = "" if at.date() == timezone.localdate() else f" on {date_format(at, 'j F Y')}"
        return cls(f"{who} set this chapter back{day} at {date_format(at, 'H:i')}. Start it again.")
