"""One row for every kind of address: all of Oak in North, so that Lou is in scope and Sam is not."""

from dataclasses import dataclass

from rollbook.ledger import writer
from rollbook.ledger.models import OperationRecord
from rollbook.lms.models import DeclaredWrong, Launch
from rollbook.operations.retrieve_users import RetrieveUsers
from rollbook.people.access import actor_for
from tests.cast import Cast, outside_the_ledger


@dataclass(frozen=True)
class Scene:
    """The cast, a case that waits, a declared pair, and an operation on Dora."""

    cast: Cast
    case: Launch
    declared: DeclaredWrong
    operation: OperationRecord


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
    alice = actor_for(cast.alice)
    plan = writer.preview(RetrieveUsers(user_ids=(cast.dora.pk,)), acting=alice)
    return Scene(cast, case, declared, writer.apply(plan, acting=alice))


def argument(scene: Scene, name: str) -> dict[str, object]:
    """Return the parameters of the address `name`."""
    cast = scene.cast
    rows = {
        "console:user": cast.ben,
        "console:reset_lms_accounts": cast.ben,
        "console:edit_user": cast.ben,
        "console:deactivate_user": cast.ben,
        "console:mail_password_link": cast.ben,
        "console:retrieve_user": cast.ben,
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
        "console:edit_location": cast.oak,
        "console:remove_location": cast.oak,
        "console:edit_attribute": cast.student_id,
        "console:remove_attribute": cast.student_id,
        "console:operation": scene.operation,
        "console:undo": scene.operation,
    }
    if name == "web:set_password":
        return {"uidb64": "MQ", "token": "x-y"}
    row = rows.get(name, cast.ben if name.startswith("console:user_") else None)
    return {"pk": row.pk} if row is not None else {}
