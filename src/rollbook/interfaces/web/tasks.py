"""What the worker does for the web pages."""

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage, get_connection, send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from rollbook.common.passing import remove_left_over
from rollbook.interfaces.web.webhook_tasks import send_webhook, tell_webhooks
from rollbook.ledger import holds, jobs
from rollbook.ledger.actor import Actor
from rollbook.ledger.errors import NotAllowed
from rollbook.ledger.touched import changed_by, is_undone, subjects_of
from rollbook.lms import launch_log, logins, proofs
from rollbook.operations.award_completion import award_all
from rollbook.operations.of_upload import operation_of
from rollbook.operations.rebuilt import from_params
from rollbook.people import api_answers, throttle
from rollbook.people.access import actor_for, operator
from rollbook.people.api_tokens import token_actor_named
from rollbook.people.importing import staging, uploads
from rollbook.people.lookups import with_email
from rollbook.people.merged import known_to_themselves
from rollbook.people.models import PrimaryOf, User
from rollbook.people.selection import takes_mail
from rollbook.people.webhooks import sending
from rollbook.training import erased
from rollbook.training.records import ChapterProgress

# Mails sent by one job: one that is interrupted leaves few untold or told twice.
MAILS = 100


def set_password_link(user: User) -> str:
    """Return the full address of the page where `user` sets a password; it works once, for PASSWORD_RESET_TIMEOUT."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("web:set_password", args=[uid, default_token_generator.make_token(user)])
    return f"{settings.PUBLIC_URL}{path}"


@app.task(name="send_password_mail", queue="mail")
def send_password_mail(email: str, *, welcome: bool = False) -> None:
    """Mail the link to the active user with this address, if there is one; `welcome` a user who is new."""
    user = with_email(email).filter(status=User.Status.ACTIVE).first()
    if user is None:
        return
    days = settings.PASSWORD_RESET_TIMEOUT // 86400
    context = {"user": user, "link": set_password_link(user), "days": days, "welcome": welcome}
    subject = "Welcome to Rollbook: set your password" if welcome else "Set a new password for Rollbook"
    send_mail(subject, render_to_string("registration/password_mail.txt", context), None, [user.email])


@app.task(name="mail_training_reset", queue="mail")
def mail_training_reset(operation_id: int, after: int = 0) -> None:
    """Tell users whose training an operation reset: `MAILS` of them with ids above `after`, then the next ones."""
    if is_undone(operation_id):
        return
    users = takes_mail(subjects_of(operation_id, User)).filter(pk__gt=after).order_by("pk")[:MAILS]
    with get_connection() as post:
        for user in users:
            erased = changed_by(operation_id, ChapterProgress).filter(enrolment__user=user)
            chapters = erased.select_related("chapter__course").order_by(
                "chapter__course__title", "chapter__position"
            )
            context = {
                "user": user,
                "chapters": [row.chapter for row in chapters],
                "home": settings.PUBLIC_URL,
            }
            text = render_to_string("web/training_reset_mail.txt", context)
            EmailMessage("Your training was reset", text, None, [user.email], connection=post).send()
    if len(users) == MAILS:
        mail_training_reset.defer(operation_id=operation_id, after=users[MAILS - 1].pk)


@app.task(name="mail_users_merged", queue="mail")
def mail_users_merged(operation_id: int, after: int = 0) -> None:
    """Tell the learners of Primaries that accounts were joined, unless that was taken back meanwhile.

    `MAILS` of them with ids above `after`, then the next ones.
    """
    if is_undone(operation_id):
        return
    merged = changed_by(operation_id, User).filter(merged_into__isnull=False)
    merged = merged.annotate(primary=PrimaryOf("pk")).order_by("pk")
    primaries = User.objects.filter(pk__in=merged.order_by().values("primary"), pk__gt=after)
    users = takes_mail(primaries).order_by("pk")[:MAILS]
    accounts: dict[int, list[User]] = {user.pk: [] for user in users}
    for duplicate in merged.filter(primary__in=accounts):
        accounts[duplicate.primary].append(duplicate)
    with get_connection() as post:
        for user in users:
            context = {
                "user": user,
                "accounts": known_to_themselves(accounts[user.pk]),
                "home": settings.PUBLIC_URL,
            }
            text = render_to_string("web/users_merged_mail.txt", context)
            EmailMessage("Your accounts were joined", text, None, [user.email], connection=post).send()
    if len(users) == MAILS:
        mail_users_merged.defer(operation_id=operation_id, after=users[MAILS - 1].pk)


@app.task(name="apply_operation", queue="operations")
def apply_operation(job_id: int) -> None:
    """Apply a large operation that somebody confirmed."""
    jobs.run(job_id, operation_of=from_params, actor_of=actor_of)


def actor_of(key: str) -> Actor:
    """Return who asked for a job, or decided it, as they may act now. Raises NotAllowed for one who is gone."""
    kind, _, name = key.partition(":")
    if kind == "api":
        return token_actor_named(name)
    if kind == "cli":
        return operator(name)
    user = User.objects.filter(pk=int(name)).first()
    if user is None:
        raise NotAllowed
    return actor_for(user)


@app.task(name="read_upload", queue="files")
def read_upload(upload_id: int) -> None:
    """Read a large file that somebody sent."""
    uploads.read(upload_id, actor_of=actor_of)


@app.task(name="check_upload", queue="files")
def check_upload(upload_id: int) -> None:
    """Find out what would become of the rows of a large file."""
    uploads.check(upload_id, operation_of=operation_of, actor_of=actor_of)


@app.task(
    name="award_completions", queue="operations", retry=RetryStrategy(max_attempts=5, exponential_wait=5)
)
def award_completions(enrolment_ids: list[int]) -> None:
    """Award what enrolments earn that were completed by an operation. Done again, it awards nothing twice."""
    award_all(enrolment_ids)


@app.periodic(cron="* * * * *")
@app.task(name="resume_operations", pass_context=False, queueing_lock="resume_operations")
async def resume_operations(timestamp: int) -> None:
    """Start those again whose worker was killed. `timestamp`: when it was to start."""
    for task in (apply_operation, award_completions, read_upload, check_upload, tell_webhooks, send_webhook):
        for job in await app.job_manager.get_stalled_jobs(task_name=task.name):
            await app.job_manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(name="clear_expired_sign_in_state", pass_context=False)
def clear_expired(timestamp: int) -> None:
    """Let go of what is past its time: sessions, counts, proofs, answers, logs, what nobody approved, files.

    `timestamp`: when it starts.
    """
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    throttle.clear_expired()
    proofs.purge()
    api_answers.purge()
    launch_log.purge(settings.LAUNCH_LOG_DAYS)
    # First: the rows of a file are kept for whoever still may approve it.
    holds.expire()
    staging.purge()
    sending.purge(settings.WEBHOOK_LOG_DAYS)
    remove_left_over()


@app.periodic(cron="47 3 * * *")
@app.task(name="purge_erased_training", pass_context=False)
def purge_erased(timestamp: int) -> None:
    """Remove what was erased too long ago to be brought back. `timestamp`: when it was to start."""
    erased.purge(settings.ERASED_DAYS)


@app.periodic(cron="*/5 * * * *")
@app.task(name="clear_pending_logins", pass_context=False)
def clear_pending_logins(timestamp: int) -> None:
    """Remove the logins that nobody came back from: anybody can begin one. `timestamp`: when it was to start."""
    logins.purge()
