"""`make bench`: run every benchmark, or those named on the command line, on a database of its own.

BENCH_USERS sets the size of the register (default 1,000,000).
"""

import importlib
import os
import platform
import secrets
import sys
import tempfile
from pathlib import Path

import django

from rollbook.project.embedded_postgres import EmbeddedPostgres

NAMES = (
    "ledger",
    "resets",
    "imports",
    "resets_with_learners",
    "reset_command",
    "attempt_report",
    "reports",
    "users_report",
    "launches",
    "systems",
    "merge",
    "merge_many",
    "webhooks",
)


def main(wanted: list[str]) -> int:
    """Run the benchmarks named, or all."""
    unknown = set(wanted) - set(NAMES)
    if unknown:
        print(
            f"There is no benchmark {', '.join(sorted(unknown))}; choose from {', '.join(NAMES)}.",
            file=sys.stderr,
        )
        return 2
    users = int(os.environ.get("BENCH_USERS", "1000000"))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "rollbook.project.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PUBLIC_URL": "http://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "MAIL_URL": "none://",
        "ROLLBOOK_ALLOW_INSIDE_ADDRESSES": "true",
    }
    folder = tempfile.TemporaryDirectory(prefix="rollbook-bench-")
    # As an operator would run it: with fsync, PostgreSQL's own default settings otherwise.
    with folder, EmbeddedPostgres(Path(folder.name)) as server:
        os.environ["DATABASE_URL"] = server.dsn
        django.setup()
        data = importlib.import_module("benchmarks.data")
        print(
            f"Python {platform.python_version()}, {os.cpu_count()} cores, {data.prepare(users)}", flush=True
        )
        for name in wanted or NAMES:
            print(f"\n{name}", flush=True)
            importlib.import_module(f"benchmarks.{name}").run(users)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
