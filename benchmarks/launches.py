"""Launches by known LMS accounts against a running server: logins and launches as a browser sends them, open loop."""

import http.client
import os
import random
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import RSAKey

from benchmarks.figures import cpu_seconds, line, percentile
from benchmarks.serving import Server, machine_cpu, serving
from rollbook.lms.models import LMS, KeySet, Launch, LMSAccount
from rollbook.lms.verified_launch import VerifiedLaunch
from rollbook.operations.arrive import arrive

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
RATES = [int(rate) for rate in os.environ.get("BENCH_LAUNCHES", "100,50").split(",")]
SECONDS = 20
WARM_UP = 3
BUDGET = 50
kept = local()


def run(users: int) -> None:
    """Print what launches take at each of `RATES` a second, each with its login, by accounts chosen at random."""
    lms = LMS.objects.get()
    with warnings.catch_warnings(action="ignore"):
        key = RSAKey.generate_key(2048, {"kid": "bench"})
    now = timezone.now()
    KeySet.objects.create(
        url=lms.key_set_url, keys={"keys": [key.as_dict(private=False)]}, fetched_at=now, asked_at=now
    )
    print(f"queries of the arrival of a known LMS account: {_queries(lms, 's2')} (budget 4)")
    with serving() as server:
        for rate in RATES:
            _measure(users, rate, server, lms, key)
    print(
        f"server (2 processes), database and load generator share {os.cpu_count()} cores; "
        f"budget: launch p95 under {BUDGET} ms at 100 a second"
    )


def _measure(users: int, rate: int, server: Server, lms: LMS, key: RSAKey) -> None:
    chosen = random.Random(rate).choices(range(1, users // 2), k=rate * (WARM_UP + SECONDS))
    subjects = [f"s{2 * number}" for number in chosen]
    _open_loop(server.port, lms, key, subjects[: rate * WARM_UP], rate)
    before, spent, idle = (
        Launch.objects.count(),
        [cpu_seconds(server.pid), time.process_time()],
        machine_cpu(),
    )
    started = time.perf_counter()
    logins, launches = zip(*_open_loop(server.port, lms, key, subjects[rate * WARM_UP :], rate), strict=True)
    took, logged = time.perf_counter() - started, Launch.objects.count() - before
    busy = machine_cpu() - idle
    serving, generating = cpu_seconds(server.pid) - spent[0], time.process_time() - spent[1]
    each = 1000 / len(launches)
    print(f"{rate} a second for {SECONDS} s (done after {took:.1f} s, {logged} logged)")
    print(line("login (GET, answered by a redirect)", logins))
    print(line("launch (POST, verified, let in, logged)", launches))
    print(
        f"CPU for one launch with its login: server {serving * each:.1f} ms, load generator {generating * each:.1f} ms, "
        f"database and the rest {(busy - serving - generating) * each:.1f} ms; "
        f"p95 {'within' if percentile(launches, 0.95) < BUDGET else 'beyond'} {BUDGET} ms"
    )


def _queries(lms: LMS, subject: str) -> int:
    account = LMSAccount.objects.select_related("user").get(lms=lms, subject=subject)
    claims = {"sub": subject, "email": account.user.email}
    with CaptureQueriesContext(connection) as caught:
        arrive(VerifiedLaunch(lms=lms, deployment_id="1", subject=subject, target="/", claims=claims))
    return len(caught)


def _open_loop(port: int, lms: LMS, key: RSAKey, subjects: list[str], rate: int) -> list[tuple[float, float]]:
    start = time.perf_counter() + 0.5

    def at_its_time(numbered: tuple[int, str]) -> tuple[float, float]:
        number, subject = numbered
        time.sleep(max(0.0, start + number / rate - time.perf_counter()))
        return _launch(port, lms, key, subject)

    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(at_its_time, enumerate(subjects)))


def _launch(port: int, lms: LMS, key: RSAKey, subject: str) -> tuple[float, float]:
    """Return the seconds of the login and of the launch. A connection stays open, as a proxy keeps it."""
    http_connection = getattr(kept, "connection", None)
    if http_connection is None:
        http_connection = kept.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    target = f"http://127.0.0.1:{port}/lti/launch"
    asked = {"iss": lms.issuer, "client_id": lms.client_id, "login_hint": subject, "target_link_uri": target}
    login, headers = _timed(
        http_connection, "GET", f"/lti/login?{urlencode(asked)}", None, {"Sec-Fetch-Dest": "document"}
    )
    cookie = "; ".join(value.split(";")[0] for value in headers.get_all("Set-Cookie") or [])
    sent = {name: values[0] for name, values in parse_qs(urlsplit(headers["Location"]).query).items()}
    claims = _claims(lms, subject, sent["nonce"], target)
    form = urlencode(
        {"id_token": jwt.encode({"alg": "RS256", "kid": "bench"}, claims, key), "state": sent["state"]}
    )
    launch, headers = _timed(
        http_connection, "POST", "/lti/launch", form,
        {"Cookie": cookie, "Sec-Fetch-Dest": "document", "Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    assert headers["Location"] == "/learner/", headers.items()
    return login, launch


def _timed(
    to: http.client.HTTPConnection, method: str, path: str, body: str | None, headers: dict[str, str]
) -> tuple[float, http.client.HTTPMessage]:
    started = time.perf_counter()
    to.request(method, path, body, headers)
    response = to.getresponse()
    said = response.read()
    seconds = time.perf_counter() - started
    assert response.status == http.client.FOUND, (response.status, path, said[-1500:])
    return seconds, response.headers


def _claims(lms: LMS, subject: str, nonce: str, target: str) -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": lms.issuer, "aud": lms.client_id, "sub": subject, "exp": now + 300, "iat": now, "nonce": nonce,
        "email": f"user{subject[1:]}@example.org", "given_name": "A", "family_name": "B",
        f"{LTI}message_type": "LtiResourceLinkRequest", f"{LTI}version": "1.3.0", f"{LTI}deployment_id": "1",
        f"{LTI}target_link_uri": target, f"{LTI}resource_link": {"id": "1"}, f"{LTI}roles": [],
    }  # fmt: skip
