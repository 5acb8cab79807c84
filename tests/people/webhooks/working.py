"""The webhooks' line of the worker, without waiting."""

import json
from typing import Any

from procrastinate.contrib.django.models import ProcrastinateJob

from rollbook.interfaces.web.webhook_tasks import send_webhook, tell_webhooks
from rollbook.people.webhooks.models import Delivery, Webhook
from rollbook.people.webhooks.sending import QUEUE

TASKS = {task.name: task for task in (tell_webhooks, send_webhook)}


def jobs() -> list[ProcrastinateJob]:
    """Return the jobs of the webhooks' line that wait, however long they are to wait."""
    return list(ProcrastinateJob.objects.filter(queue_name=QUEUE, status="todo").order_by("id"))


def work(name: str) -> int:
    """Do the jobs of one task that wait now, and return how many."""
    waiting = [job for job in jobs() if job.task_name == name]
    for job in waiting:
        # What Django's model of it may not do: nobody else works here.
        ProcrastinateJob.objects.filter(pk=job.pk)._raw_delete("default")
        TASKS[name].func(**job.args)
    return len(waiting)


def told(webhook: Webhook) -> list[tuple[str, dict[str, Any]]]:
    """Let the worker tell what was done, and return (event, data) of each message to a webhook, in order."""
    work("tell_webhooks")
    found = Delivery.objects.filter(webhook=webhook).order_by("pk")
    return [(row.event, json.loads(row.body)["data"]) for row in found]
