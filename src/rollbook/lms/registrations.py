"""Which registered LMS a login request comes from."""

from rollbook.lms.login_refusals import LMSAmbiguous, LMSDisabled, LMSUnknown
from rollbook.lms.models import LMS


def find_lms(issuer: str, client_id: str = "", deployment_id: str = "") -> LMS:
    """Return the enabled LMS with this issuer and client id.

    Hosted Canvas uses one issuer for all its customers. Without a client id (it is optional: LTI 1.3 core,
    4.1.3) a deployment id decides between LMSs of one issuer; what stays open is refused, never guessed.
    """
    sent = (
        f"issuer {issuer}, client id {client_id or 'not sent'}, deployment id {deployment_id or 'not sent'}"
    )
    same_issuer = LMS.objects.filter(issuer=issuer)
    if client_id:
        found = list(same_issuer.filter(client_id=client_id))
    else:
        found = list(same_issuer[:2])
        if len(found) > 1 and deployment_id:
            found = list(same_issuer.filter(deployments__deployment_id=deployment_id)[:2])
    if not found:
        raise LMSUnknown(sent)
    if len(found) > 1:
        raise LMSAmbiguous(sent)
    if not found[0].enabled:
        raise LMSDisabled(found[0].name, lms=found[0])
    return found[0]
