"""The API and SCIM against a running server: kept connections, each system with a token of its own.

The API's figures are a closed loop: four systems ask at once, each again as soon as it was answered. An identity
provider provisions one user after the other: it asks whether the user is there, then creates it, as Entra ID and Okta
do. BENCH_SCIM says how many (10,000 if it does not).
"""

import http.client
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection

from benchmarks.figures import cpu_seconds, line
from benchmarks.serving import Server, machine_cpu, serving
from rollbook.ledger.operation import Operation
from rollbook.ledger.writer import apply, preview
from rollbook.operations.create_api_token import CreateApiToken
from rollbook.operations.create_user import CreateUser
from rollbook.people.access import Right, actor_for, operator
from rollbook.people.api_tokens import issue
from rollbook.people.models import AccessLevel, Location, User
from rollbook.people.profile import Profile

AT_ONCE = 4
SECONDS = 10
SCIM_USERS = int(os.environ.get("BENCH_SCIM", "10000"))
# A token may ask 600 times a minute: each stands for several systems.
TOKENS = 40
API = (Right.USERS_VIEW, Right.USERS_CREATE, Right.USERS_EDIT, Right.USERS_DEACTIVATE, Right.TRAINING_VIEW)
SCIM = (Right.SCIM_CONNECT, *API[1:4], Right.USERS_RETRIEVE, Right.CONTENT_ROLES_GRANT)
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
numbers = count(1)


@dataclass
class System:
    """A system that asks with one of its tokens at a time, over a connection that stays open."""

    port: int
    secrets: list[str]
    random: Random = field(default_factory=lambda: Random(1))
    kept: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: Any = None, *, kind: str = "application/json") -> Any:
        """Ask, and return the answer's JSON. Raises AssertionError for a problem."""
        self.kept = self.kept or http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.random.choice(self.secrets)}", "Content-Type": kind}
        self.kept.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.kept.getresponse()
        said = answer.read()
        assert answer.status < http.client.MULTIPLE_CHOICES, (answer.status, path, said[:500])
        return json.loads(said)


def run(users: int) -> None:
    """Print requests a second and their latency for each kind, and how long the provisioning takes."""
    acting = _super_user()
    api = [_token(acting, f"bench {i}", API) for i in range(TOKENS)]
    scim = _token(acting, "bench scim", SCIM)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE rollbook_user")
    print(
        f"a register of {users:,} users; {os.cpu_count()} cores for server (2 processes), database and client"
    )
    with serving() as server:
        for name, work in _kinds(users).items():
            _closed_loop(name, work, server, api)
        _provision(server, scim)


def _kinds(users: int) -> dict[str, Callable[[System], Any]]:
    def somebody(system: System) -> int:
        return system.random.randint(1, users)

    def create(system: System) -> None:
        number = next(numbers)
        email = f"api{number}@example.com"
        body = {"first_name": "Nele", "last_name": "New", "email": email, "location_id": 2}
        system.ask("POST", "/api/v1/users", body)

    def plan_and_apply(system: System) -> None:
        path, params = "/api/v1/operations/deactivate_users", {"user_ids": [somebody(system)]}
        plan = system.ask("POST", f"{path}/plan", {"params": params})
        if plan["can_apply"]:
            confirmed = {"fingerprint": plan["fingerprint"], "key": plan["key"], "reason": "bench"}
            system.ask("POST", f"{path}/apply", {"params": params, **confirmed})

    return {
        "read a user": lambda it: it.ask("GET", f"/api/v1/users/{somebody(it)}"),
        "find a user by a student ID": lambda it: it.ask(
            "GET", f"/api/v1/users?{urlencode({'identifier': f'{somebody(it):09}'})}"
        ),
        "list 50 users": lambda it: it.ask("GET", "/api/v1/users"),
        "read a transcript": lambda it: it.ask("GET", f"/api/v1/users/{somebody(it)}/transcript"),
        "change a user's name": lambda it: it.ask(
            "PATCH", f"/api/v1/users/{somebody(it)}", {"last_name": f"New{next(numbers)}"}
        ),
        "create a user": create,
        "plan and apply a deactivation (2 requests)": plan_and_apply,
    }


def _closed_loop(name: str, work: Callable[[System], Any], server: Server, secrets: list[str]) -> None:
    systems = [System(server.port, secrets[i::AT_ONCE], Random(i)) for i in range(AT_ONCE)]

    def loop(system: System) -> list[float]:
        took, until = [], time.perf_counter() + SECONDS
        while (started := time.perf_counter()) < until:
            work(system)
            took.append(time.perf_counter() - started)
        return took

    for system in systems:
        work(system)
    spent = cpu_seconds(server.pid), machine_cpu(), time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        took = [seconds for all_of_one in pool.map(loop, systems) for seconds in all_of_one]
    _tell(name, took, server, spent)


def _provision(server: Server, secret: str) -> None:
    provider = System(server.port, [secret])

    def one(number: int) -> float:
        started = time.perf_counter()
        name = f"scim{number}@example.com"
        found = provider.ask("GET", f"/scim/v2/Users?filter={quote(f'userName eq {json.dumps(name)}')}")
        assert not found["totalResults"]
        body = {
            "schemas": [CORE], "userName": name, "externalId": f"x{number}", "active": True,
            "name": {"givenName": "Sue", "familyName": f"Cim{number}"}, "emails": [{"value": name, "type": "work"}],
        }  # fmt: skip
        provider.ask("POST", "/scim/v2/Users", body, kind="application/scim+json")
        return time.perf_counter() - started

    spent = cpu_seconds(server.pid), machine_cpu(), time.process_time(), time.perf_counter()
    took = [one(number) for number in range(SCIM_USERS)]
    _tell(f"SCIM: {SCIM_USERS:,} users one by one (2 requests)", took, server, spent)


def _tell(name: str, took: list[float], server: Server, spent: tuple[float, float, float, float]) -> None:
    serving_cpu, machine, client, started = spent
    seconds = time.perf_counter() - started
    serving_cpu, client = cpu_seconds(server.pid) - serving_cpu, time.process_time() - client
    rest = machine_cpu() - machine - serving_cpu - client
    each = 1000 / len(took)
    print(
        f"{line(name, took)}   {len(took) / seconds:6.1f} a second   CPU each: server {serving_cpu * each:.1f} ms, "
        f"client {client * each:.1f} ms, database and whatever else ran {rest * each:.1f} ms",
        flush=True,
    )


def _super_user() -> User:
    where = Location.objects.filter(parent=None)[0].pk
    profile = Profile(first_name="Bench", access_level=AccessLevel.SUPER_USER, location_id=where)
    return User.objects.get(
        pk=_done(CreateUser(profile=profile), operator("bench")).created_ids("rollbook_user")[0]
    )


def _token(creator: User, name: str, rights: tuple[Right, ...]) -> str:
    place = Location.objects.filter(parent=None)[0].pk
    operation = CreateApiToken(name=name, rights=tuple(map(str, rights)), location_id=place)
    return issue(_done(operation, actor_for(creator)).created_ids("rollbook_api_token")[0])


def _done(operation: Operation, acting: Any) -> Any:
    return apply(preview(operation, acting=acting), acting=acting, reason="bench")
