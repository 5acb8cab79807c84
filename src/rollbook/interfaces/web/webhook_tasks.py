"""What the worker does for webhooks."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from rollbook.people.webhooks import sending

# For our own troubles, such as a database that is away; what a receiver does is no error here.
# It is tried for a day; then the message has failed, see `sending.purge`.
AGAIN = RetryStrategy(max_attempts=10, exponential_wait=3)


# The trigger of a new operation defers it, in the operation's own transaction: see rollbook.people.webhooks.telling.
@app.task(name=sending.TELL, queue=sending.QUEUE, retry=AGAIN)
def tell_webhooks(operation_id: int) -> None:
    """Tell the webhooks of an operation."""
    sending.tell(operation_id)


@app.task(name=sending.SEND, queue=sending.QUEUE, retry=AGAIN)
def send_webhook(delivery_id: int, attempt: int) -> None:
    """Make one attempt to send a message."""
    sending.send(delivery_id, attempt)
