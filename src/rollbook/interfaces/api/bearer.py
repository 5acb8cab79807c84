"""Who asks: the bearer of a token, how often, and with which rights."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.security import HttpBearer

from rollbook.interfaces.api.problems import ApiProblem
from rollbook.people.access import Right
from rollbook.people.api_tokens import TokenActor, token_actor
from rollbook.people.throttle import Limit

WINDOW = timedelta(minutes=1)
REQUESTS = Limit("API token", 600, WINDOW)


@dataclass(frozen=True)
class Rate:
    """How many requests are left, and for how many seconds these have to last."""

    left: int
    seconds: int


class Bearer(HttpBearer):
    """`Authorization: Bearer rollbook_...`. No cookie is read, so that no other site can act in somebody's name."""

    def authenticate(self, request: HttpRequest, token: str) -> TokenActor | None:
        """Return who acts. Raises ApiProblem (429) above the limit."""
        acting = token_actor(token)
        if acting is None:
            return None
        count, until = REQUESTS.tally(str(acting.token_id))
        seconds = max(1, math.ceil((until - timezone.now()).total_seconds()))
        request.rate = Rate(max(0, REQUESTS.most - count), seconds)  # type: ignore[attr-defined]  # for `tell_rate`
        if count > REQUESTS.most:
            detail = f"This token may ask {REQUESTS.most} times a minute. Wait {seconds} seconds."
            raise ApiProblem(429, "too-many-requests", detail, headers={"Retry-After": str(seconds)})
        return acting


def tell_rate(request: HttpRequest, response: HttpResponse) -> None:
    """Add the headers of draft-ietf-httpapi-ratelimit-headers, where a token was shown."""
    rate = cast("Rate | None", getattr(request, "rate", None))
    if rate:
        response["RateLimit-Policy"] = f'"token";q={REQUESTS.most};w={int(WINDOW.total_seconds())}'
        response["RateLimit"] = f'"token";r={rate.left};t={rate.seconds}'


def actor_of(request: HttpRequest) -> TokenActor:
    """Return who asks."""
    return cast("TokenActor", request.auth)  # type: ignore[attr-defined]  # django-ninja puts it there


def entitled(request: HttpRequest, right: str) -> TokenActor:
    """Return who asks, if the token holds a right. Raises ApiProblem (403), naming it."""
    acting = actor_of(request)
    if not acting.may(right):
        raise ApiProblem(
            403,
            "not-allowed",
            f"This token may not {Right(right)}. Ask a super user for one that may.",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{Right(right)}"'},
        )
    return acting
