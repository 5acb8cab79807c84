"""Verifying a launch: every check, in the order in which it is safe to make them."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone

from rollbook.lms import claims as check
from rollbook.lms import logins, tokens
from rollbook.lms.claim_refusals import DeploymentUnknown, NonceMissing, NonceOther
from rollbook.lms.key_sets import public_key
from rollbook.lms.login_refusals import BrowserOther, BrowserUnknown, LMSDisabled
from rollbook.lms.models import Login
from rollbook.lms.refusal import LaunchRefused
from rollbook.lms.verified_launch import VerifiedLaunch

__all__ = ["VerifiedLaunch", "verify_launch"]


def verify_launch(
    id_token: str, state: str, binding: str | None, *, now: datetime | None = None
) -> VerifiedLaunch:
    """Return the launch if it is genuine, ours, fresh and this browser's; its login is then used up.

    `binding` shows that the browser began this login (see `logins.bind`); it is None if nothing came.
    Checked in this order: the login and the browser (a stranger's request reaches no key), the token's form,
    key and signature, its claims (1EdTech Security Framework 1.0, 5.1.3). Last of all the login is used up, so
    that no forged token can spend somebody's login. Raises a `LaunchRefused`, and has then written nothing but
    a newer key set.
    """
    pending = logins.find(state)
    try:
        _check_login(pending.row, binding)
        header = tokens.read_header(id_token)
        key = public_key(pending.row.lms.key_set_url, header["kid"], pending.cached_keys)
        claims = tokens.read_claims(id_token, header["alg"], key)
        launch = _check_claims(claims, pending, now or timezone.now())
        logins.use_up(pending.row)
    except LaunchRefused as refusal:
        refusal.lms = pending.row.lms
        raise
    return launch


def _check_login(login: Login, binding: str | None) -> None:
    if not login.lms.enabled:
        raise LMSDisabled(login.lms.name)
    if not binding:
        raise BrowserUnknown
    if not logins.same(binding, login.browser_hash):
        raise BrowserOther


def _check_claims(
    claims: Mapping[str, object], pending: logins.PendingLogin, now: datetime
) -> VerifiedLaunch:
    login = pending.row
    check.check_parties(claims, login.lms.issuer, login.lms.client_id)
    check.check_times(claims, now)
    nonce = claims.get("nonce")
    if not nonce:
        raise NonceMissing
    if not isinstance(nonce, str) or not logins.same(nonce, login.nonce_hash):
        raise NonceOther
    subject = check.subject_of(claims)
    deployment = check.check_message(claims, login.target)
    if deployment not in pending.deployments:
        raise DeploymentUnknown(deployment)
    check.check_texts(claims)
    return VerifiedLaunch(login.lms, deployment, subject, login.target, claims)
