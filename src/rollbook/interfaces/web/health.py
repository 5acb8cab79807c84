"""Whether what Rollbook consists of runs: for load balancers, monitoring, and pages that wait for the worker."""

from datetime import timedelta

from django.db import OperationalError
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker

# A worker says every ten seconds that it runs.
SILENT = timedelta(minutes=1)


def worker_runs() -> bool:
    """Say whether a worker was heard of within a minute. Raises OperationalError without a database."""
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=Now() - SILENT).exists()


@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """Answer 200 where the database can be reached, 503 where it cannot, and say whether a worker runs."""
    try:
        found, status = {"database": True, "worker": worker_runs()}, 200
    except OperationalError:
        found, status = {"database": False, "worker": False}, 503
    return JsonResponse(found, status=status, headers={"Cache-Control": "no-store"})
