"""The worker: large operations, large files, webhooks, and mail with the rest in a line each: none waits for another.

Each line does one job at a time, in a thread with a database connection of its own; that of the webhooks does several,
since it mostly waits for somebody to answer. What went well leaves nothing behind: a job may name an e-mail address.
"""

import asyncio
import contextlib

import django
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.signals import on_stop

# The queues of each line; "default" is that of periodic tasks.
WEBHOOKS = ["webhooks"]
LINES = (["operations"], ["files"], ["mail", "default"], WEBHOOKS)


async def work() -> None:
    """Work until told to stop, and then end what was begun. Where one line breaks, all end: they are started anew."""
    async with app.open_async():
        lines = [
            asyncio.create_task(
                app.run_worker_async(
                    name=queues[0],
                    queues=queues,
                    install_signal_handlers=False,
                    concurrency=4 if queues is WEBHOOKS else 1,
                    delete_jobs="successful",
                )
            )
            for queues in LINES
        ]

        def stop() -> None:
            for line in lines:
                line.cancel()

        with on_stop(stop):
            await asyncio.wait(lines, return_when=asyncio.FIRST_COMPLETED)
            stop()
            for ended in lines:
                with contextlib.suppress(asyncio.CancelledError):
                    await ended


def main() -> None:
    """Run the worker. The settings are in the environment."""
    django.setup()
    with app.replace_connector(DjangoConnector().get_worker_connector()):
        asyncio.run(work())


if __name__ == "__main__":
    main()
