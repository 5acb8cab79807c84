"""The Users report and its search: the first page as the server makes it, and whether it reads every user.

Times are those of the wall; beside them stands the median of the processor's time in Python, which tells a busy
machine from a slow page. A sequential scan counts when EXPLAIN (ANALYZE) says that it really read more than `MOST_READ`
rows: one that a LIMIT ends after a few rows is the quickest way to them.
"""

import random
import time

from django.test import Client

from benchmarks.figures import line, percentile
from benchmarks.pages import Query, sequential_scans, super_user
from rollbook.people.models import Identifier, Location, User

ROUNDS = 40
BUDGET = 100
LARGE = {"rollbook_user", "rollbook_identifier", "rollbook_lms_account", "rollbook_launch"}


def run(users: int) -> None:
    """Print p50 and p95 of the first page for kinds of searches and filters, in one process without a network."""
    chosen = random.Random(7)
    client = Client()
    client.force_login(super_user())
    people = [User.objects.get(pk=pk) for pk in chosen.sample(range(1, users), ROUNDS)]
    places = list(Location.objects.filter(parent__isnull=False).values_list("pk", flat=True))
    kinds: dict[str, list[Query]] = {
        "no search": [{}] * ROUNDS,
        "a last name": [{"q": p.last_name} for p in people],
        "first and last name": [{"q": p.full_name} for p in people],
        "an e-mail address": [{"q": p.email} for p in people],
        "an e-mail address of nobody": [{"q": p.email.replace("@", "x@")} for p in people],
        "an identifier": [
            {"q": Identifier.objects.filter(user=p).values_list("value")[0][0]} for p in people
        ],
        "a name with a typing error": [{"q": p.full_name[:2] + p.full_name[3:]} for p in people],
        "two letters": [{"q": p.last_name[:2]} for p in people],
        "nobody": [{"q": f"zzzqqq{i}"} for i in range(ROUNDS)],
        "one location": [{"location": chosen.choice(places)} for _ in people],
        "has LMS accounts": [{"accounts": "yes"}] * ROUNDS,
        "inactive": [{"status": "inactive"}] * ROUNDS,
        "newest first": [{"sort": "-created_at"}] * ROUNDS,
        "possible cross-link": [{"crossed": "yes"}] * ROUNDS,
    }
    missed = []
    for name, queries in kinds.items():
        client.get("/console/users/", queries[0])
        seconds, busy = [], []
        for query in queries:
            started, begun = time.perf_counter(), time.process_time()
            response = client.get("/console/users/", query)
            seconds.append(time.perf_counter() - started)
            busy.append(time.process_time() - begun)
            assert response.status_code == 200, response.status_code
        scans = sequential_scans(client, "/console/users/", queries[-1], LARGE)
        if percentile(seconds, 0.95) > BUDGET or scans:
            missed.append(name)
        cpu = f"   CPU p50 {percentile(busy, 0.5):5.1f} ms"
        print(
            line(name, seconds) + cpu + (f"   reads all of: {', '.join(scans)}" if scans else ""), flush=True
        )
    print(
        f"budget: p95 at most {BUDGET} ms, no sequential scan of users; missed by: {', '.join(missed) or 'none'}"
    )
