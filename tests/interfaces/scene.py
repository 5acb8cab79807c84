"""One row for every kind of address: all of Oak in North, so that Lou is in scope and Sam is not."""

from dataclasses import dataclass
from uuid import uuid4

from rollbook.ledger import writer
from rollbook.ledger.models import OperationJob, OperationRecord
from rollbook.lms.models import DeclaredWrong, Launch
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people.access import actor_for
from rollbook.people.importing.models import ImportFile, ImportRow, Upload
from rollbook.people.models import User
from rollbook.people.webhooks.models import Delivery
from rollbook.training.catalogue import Category, Course
from rollbook.training.records import Certificate, Enrolment
from tests.cast import Cast, outside_the_ledger, token, webhook
from tests.training.stage import LONG_AGO, Stage, furnish

FILES: dict[str, dict[str, str]] = {
    **{f"console:users_file{page}": {} for page in ("", "_columns", "_preview")},
    "console:remove_users_file": {},
    "console:users_file_rows": {"state": "refused"},
    "console:users_file_refused": {"wanted": "csv"},
}
CERTIFICATES = ("console:certificate", "learner:certificate", "web:verify_certificate")
LEARNER_ROWS = tuple(
    f"learner:{name}" for name in ("course", "chapter", "start", "bookmark", "watched", "result", "submit")
)
WEBHOOK_ROWS = (
    "webhook",
    "edit_webhook",
    "remove_webhook",
    "new_webhook_secret",
    "test_webhook",
    "start_webhook",
    "webhook_again",
)


@dataclass(frozen=True)
class Scene:
    """The cast, a case that waits, a declared pair, an operation on Dora, Ben's certificate, a catalogue."""

    cast: Cast
    case: Launch
    declared: DeclaredWrong
    operation: OperationRecord
    certificate: Certificate
    stage: Stage


def scene(cast: Cast) -> Scene:
    """Set the scene."""
    case = Launch.objects.create(
        reference="QQQQ-0001",
        lms=cast.hillside,
        deployment_id="1",
        subject="h-waits",
        outcome="queued",
        user=cast.bea,
    )
    with outside_the_ledger():
        declared = DeclaredWrong.objects.create(lms=cast.hillside, subject="h-wrong", user=cast.ben)
        certificate = earned_by(cast.ben)
    alice = actor_for(cast.alice)
    plan = writer.preview(RetrieveUsers(user_ids=(cast.dora.pk,)), acting=alice)
    return Scene(cast, case, declared, writer.apply(plan, acting=alice), certificate, furnish())


def earned_by(user: User) -> Certificate:
    """Give a user a certificate, outside the ledger."""
    course = Course.objects.create(title="Ladders", category=Category.objects.create(name="Heights"))
    enrolment = Enrolment.objects.create(user=user, course=course, status="completed", completed_at=LONG_AGO)
    return Certificate.objects.create(
        user=user, course=course, enrolment=enrolment, code="CERT-LADD-ER00-0001", issued_at=LONG_AGO
    )


def job(user: User, state: OperationJob.State = OperationJob.State.WAITING, *about: User) -> OperationJob:
    """Return a large operation of a user, which waits for the worker unless another state is given."""
    return OperationJob.objects.create(
        verb="retrieve_users",
        params={"user_ids": [each.pk for each in about]},
        summary="Retrieve many",
        actor=f"user:{user.pk}",
        actor_user=user,
        plan_key=uuid4(),
        state=state,
    )


def upload(user: User) -> Upload:
    """Return a file that a user sent, and whose one row was checked."""
    acting = actor_for(user)
    file = ImportFile.objects.create(
        kind="link",
        name="links.csv",
        how="CSV",
        columns=[["E-mail", "email"], ["Student ID", "attributes.student_id"]],
        by="email",
        actor=acting.key,
        rows=1,
    )
    given = {"email": "ben.baker@example.org", "attributes.student_id": "00123"}
    ImportRow.objects.create(
        file=file, number=2, cells=list(given.values()), given=given, key=given["email"], problems=[]
    )
    return Upload.objects.create(kind="link", name=file.name, actor=acting.key, state="checked", file=file)


def argument(scene: Scene, name: str) -> dict[str, object]:
    """Return the parameters of the address `name`."""
    cast, stage = scene.cast, scene.stage
    hook = webhook(cast, name=str(uuid4()))
    rows = {
        "console:user": cast.ben,
        "console:enrol_user": cast.ben,
        "console:withdraw_user": cast.ben,
        "console:grant_user_roles": cast.ben,
        "console:reset_lms_accounts": cast.ben,
        "console:edit_user": cast.ben,
        "console:deactivate_user": cast.ben,
        "console:merge_user": cast.ben,
        "console:mail_password_link": cast.ben,
        "console:retrieve_user": cast.ben,
        "console:reset_user_training": cast.ben,
        "console:reset_user_in_progress": cast.ben,
        "console:link_lms_account": cast.bens_account,
        "console:remove_lms_account": cast.bens_account,
        "console:withdraw_wrong": scene.declared,
        "console:launch": cast.ben.launches.get(),
        "console:approve_launch": scene.case,
        "console:link_launch": scene.case,
        "console:declare_wrong": scene.case,
        "console:lms": cast.hillside,
        "console:edit_lms": cast.hillside,
        "console:switch_lms": cast.hillside,
        "console:scim_client": token(cast, "scim:connect", name=str(uuid4()))[0],
        "console:revoke_api_token": token(cast, "users:view", name=str(uuid4()))[0],
        **{f"console:{name}": hook for name in WEBHOOK_ROWS},
        "console:webhook_delivery": Delivery.objects.create(
            webhook=hook, event="user.updated", event_id=uuid4()
        ),
        "console:edit_location": cast.oak,
        "console:remove_location": cast.oak,
        "console:edit_attribute": cast.student_id,
        "console:remove_attribute": cast.student_id,
        "console:course": stage.fire,
        "console:edit_course": stage.fire,
        "console:remove_course": stage.fire,
        "console:order_chapters": stage.fire,
        "console:chapter": stage.film,
        "console:edit_chapter": stage.film,
        "console:edit_quiz": stage.quiz,
        "console:remove_chapter": stage.extra,
        "console:edit_category": stage.safety,
        "console:remove_category": stage.safety,
        "console:edit_content_role": stage.crew,
        "console:remove_content_role": stage.crew,
        "console:edit_competency": stage.alertness,
        "console:remove_competency": stage.alertness,
        "web:video": stage.film,
        "web:captions": stage.film,
        "console:operation": scene.operation,
        "console:undo": scene.operation,
        "console:job": job(cast.carla),
        "console:decide_job": job(cast.carla, OperationJob.State.HELD, cast.ben),
        "console:job_again": job(cast.carla, OperationJob.State.FAILED),
    }
    other: dict[str, dict[str, object]] = {
        "web:set_password": {"uidb64": "MQ", "token": "x-y"},
        "web:confirm_email": {"token": "x"},
        "console:user_transcript_table": {"pk": cast.ben.pk, "wanted": "csv"},
        "learner:transcript_table": {"wanted": "csv"},
        "console:users_template": {"kind": "import", "wanted": "csv"},
        "console:user_report": {},
        "scim:scim": {"path": "Users"},
        "console:create_chapter": {"course": stage.fire.pk},
        **{key: {"code": scene.certificate.code} for key in CERTIFICATES},
        **{key: {"pk": scene.certificate.course_id} for key in LEARNER_ROWS},
    }
    if name in FILES:
        return {"pk": upload(cast.carla).pk, **FILES[name]}
    if name in other:
        return other[name]
    row = rows.get(name, cast.ben if name.startswith("console:user_") else None)
    return {"pk": row.pk} if row is not None else {}
