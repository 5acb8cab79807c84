"""Scenes of the operations about LMSs, LMS accounts and launches."""

from collections.abc import Callable

from rollbook.ledger.actor import Actor
from rollbook.ledger.operation import Operation
from rollbook.lms.models import LMS, DeclaredWrong, LMSAccount
from rollbook.operations.admit_launch import AdmitLaunch
from rollbook.operations.declare_wrong import DeclareWrong
from rollbook.operations.link_lms_account import LinkLMSAccount
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.operations.save_lms import SaveLMS
from rollbook.operations.set_lms_enabled import SetLMSEnabled
from rollbook.operations.withdraw_wrong import WithdrawWrong
from rollbook.people.access import actor_for, lms_actor, oneself
from rollbook.people.models import AccessLevel, Identifier, User
from tests.cast import Cast, outside_the_ledger
from tests.operations.scene import Scene


def southern_administrator(cast: Cast) -> Actor:
    with outside_the_ledger():
        User.objects.filter(pk=cast.sam.pk).update(access_level=AccessLevel.ADMINISTRATOR)
    cast.sam.refresh_from_db()
    return actor_for(cast.sam)


def account_for(cast: Cast, subject: str, user: User) -> Callable[[], object]:
    def link() -> None:
        with outside_the_ledger():
            LMSAccount.objects.create(
                lms=cast.hillside, subject=subject, user=user, lms_user_id=f"X-{subject}"
            )

    return link


def matched(cast: Cast) -> Scene:
    operation = AdmitLaunch(
        lms_id=cast.hillside.pk,
        subject="h-bea",
        claims={"email": "bea.brown@example.org"},
        user_id=cast.bea.pk,
    )
    return Scene(operation, lms_actor("Hillside"), oneself(cast.sam), account_for(cast, "h-other", cast.bea))


def created(cast: Cast) -> Scene:
    def take_the_address() -> None:
        with outside_the_ledger():
            Identifier.objects.create(attribute=cast.username, value="nina@example.org", user=cast.bea)

    operation = AdmitLaunch(
        lms_id=cast.hillside.pk,
        subject="h-nina",
        claims={"email": "nina@example.org", "given_name": "Nina"},
        user_id=None,
    )
    return Scene(operation, lms_actor("Hillside"), oneself(cast.sam), take_the_address)


def proved(cast: Cast) -> Scene:
    claims = {"email": "alice.archer@example.org"}
    operation = AdmitLaunch(lms_id=cast.hillside.pk, subject="h-alice", claims=claims, user_id=cast.alice.pk)
    return Scene(
        operation, oneself(cast.alice), lms_actor("Hillside"), account_for(cast, "h-alice", cast.alice)
    )


def reset(cast: Cast) -> Scene:
    operation = ResetLMSAccounts(user_id=cast.ben.pk, declare_wrong=(cast.bens_account.pk,))
    return Scene(
        operation, actor_for(cast.carla), actor_for(cast.sam), account_for(cast, "h-second", cast.ben)
    )


def account_moved(cast: Cast) -> Scene:
    operation = LinkLMSAccount(
        lms_id=cast.hillside.pk, subject="h-ben", user_id=cast.bea.pk, declare_wrong=True
    )

    def move_on() -> None:
        with outside_the_ledger():
            LMSAccount.objects.filter(pk=cast.bens_account.pk).update(user=cast.lou)

    return Scene(operation, actor_for(cast.carla), southern_administrator(cast), move_on)


def account_removed(cast: Cast) -> Scene:
    operation = LinkLMSAccount(lms_id=cast.hillside.pk, subject="h-ben", user_id=None)
    return Scene(operation, actor_for(cast.carla), southern_administrator(cast), reassigned(cast))


def reassigned(cast: Cast) -> Callable[[], object]:
    def assign() -> None:
        with outside_the_ledger():
            LMSAccount.objects.filter(pk=cast.bens_account.pk).update(lms_user_id="ASSIGNED0NEW")

    return assign


def waiting_launch_approved(cast: Cast) -> Scene:
    with outside_the_ledger():
        DeclaredWrong.objects.create(lms=cast.hillside, subject="h-lou", user=cast.lou)
    operation = LinkLMSAccount(lms_id=cast.hillside.pk, subject="h-lou", user_id=cast.lou.pk)
    other = account_for(cast, "h-lou", cast.bea)
    return Scene(operation, actor_for(cast.carla), southern_administrator(cast), other)


def declared(cast: Cast) -> Scene:
    operation = DeclareWrong(lms_id=cast.hillside.pk, subject="h-1", user_id=cast.bea.pk)
    other = account_for(cast, "h-1", cast.bea)
    return Scene(operation, actor_for(cast.carla), southern_administrator(cast), other)


def withdrawn(cast: Cast) -> Scene:
    with outside_the_ledger():
        wrong = DeclaredWrong.objects.create(lms=cast.hillside, subject="h-1", user=cast.bea)

    def point_elsewhere() -> None:
        with outside_the_ledger():
            DeclaredWrong.objects.filter(pk=wrong.pk).update(user=cast.ben)

    return Scene(
        WithdrawWrong(declared_id=wrong.pk),
        actor_for(cast.carla),
        southern_administrator(cast),
        point_elsewhere,
    )


def rename(lms: LMS, name: str) -> Callable[[], object]:
    def change() -> None:
        with outside_the_ledger():
            LMS.objects.filter(pk=lms.pk).update(name=name)

    return change


def registered(cast: Cast) -> Scene:
    operation = SaveLMS(
        name="Riverside",
        issuer="https://lms.example.org",
        client_id="riverside",
        auth_url="https://lms.example.org/auth",
        key_set_url="https://lms.example.org/jwks",
        location_id=cast.south.pk,
        deployment_ids=("1", "2"),
        policy=LMS.Policy.EMAIL,
        email_domains=("example.org",),
    )
    return Scene(operation, actor_for(cast.alice), None, rename(cast.valley, "Riverside"))


def edited(cast: Cast) -> Scene:
    operation = SaveLMS(
        lms_id=cast.valley.pk,
        name="Valley College",
        issuer="https://valley.example.org",
        client_id="valley",
        auth_url="https://valley.example.org/auth",
        key_set_url="https://valley.example.org/jwks",
        location_id=cast.south.pk,
        deployment_ids=("2",),
        policy=LMS.Policy.CUSTOM,
        matchers=(("custom.sis", "student_id"), ("email", "email")),
        when_missing=LMS.WhenMissing.CREATE,
    )
    return Scene(operation, actor_for(cast.alice), None, rename(cast.valley, "Dale"))


def switched_off(cast: Cast) -> Scene:
    operation = SetLMSEnabled(lms_id=cast.valley.pk, enabled=False)
    return Scene(operation, actor_for(cast.alice), None, rename(cast.valley, "Dale"))


LMS_SCENES: dict[type[Operation], list[Callable[[Cast], Scene]]] = {
    AdmitLaunch: [matched, created, proved],
    DeclareWrong: [declared],
    LinkLMSAccount: [account_moved, account_removed, waiting_launch_approved],
    ResetLMSAccounts: [reset],
    SaveLMS: [registered, edited],
    SetLMSEnabled: [switched_off],
    WithdrawWrong: [withdrawn],
}
