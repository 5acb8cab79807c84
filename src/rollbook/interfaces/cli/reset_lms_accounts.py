"""Remove every LMS account of a user; the next launch assigns a new one."""

from argparse import ArgumentParser, Namespace

from rollbook.interfaces.cli.acting import NotFound, add_preview_and_json, do, refusing, the_user
from rollbook.lms.models import LMSAccount
from rollbook.operations.reset_lms_accounts import ResetLMSAccounts
from rollbook.people.models import User


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("user", metavar="USER", help="#ID, e-mail address or identifier")
    parser.add_argument("--reason", default="", help="why, for whoever reads the history later")
    parser.add_argument(
        "--declare-wrong",
        nargs="*",
        metavar="LMS_USER_ID",
        help="never let these LMS accounts (all, if none is named) be matched to the user again",
    )
    add_preview_and_json(parser)


@refusing
def run(args: Namespace) -> int:
    """Preview or do it."""
    user = the_user(args.user)
    operation = ResetLMSAccounts(user_id=user.pk, declare_wrong=_declared(user, args.declare_wrong))
    return do(operation, args, reason=args.reason)


def _declared(user: User, wanted: list[str] | None) -> tuple[int, ...]:
    if wanted is None:
        return ()
    accounts = dict(LMSAccount.objects.filter(user=user).order_by("pk").values_list("lms_user_id", "pk"))
    if unknown := [name for name in wanted if name not in accounts]:
        raise NotFound(
            f"{user.full_name} has no LMS account {unknown[0]}, but: {', '.join(accounts) or 'none'}."
        )
    return tuple(accounts[name] for name in wanted or accounts)
