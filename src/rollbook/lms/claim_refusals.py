"""Why a genuine launch message is refused for what it claims."""

from rollbook.lms.refusal import LaunchRefused


class IssuerMissing(LaunchRefused):
    """The launch message does not say which LMS it is from (iss).

    This is a fault in the LMS; ask its maker.
    """


class IssuerOther(LaunchRefused):
    """The launch message is from another LMS than the one where the launch began.

    Set the issuer of the LMS in Rollbook to exactly what the LMS sends: case and a slash at the end count.
    """


class AudienceMissing(LaunchRefused):
    """The launch message does not say for whom it is (aud).

    This is a fault in the LMS; ask its maker.
    """


class AudienceOther(LaunchRefused):
    """The launch message is meant for another tool.

    Set the client id of the LMS in Rollbook to the one that the LMS shows for this tool.
    """


class PartyMissing(LaunchRefused):
    """The launch message is meant for several tools and does not say which of them asked for it (azp).

    The LMS must send azp when aud has several values (OpenID Connect Core 1.0, 3.1.3.7).
    """


class PartyOther(LaunchRefused):
    """The launch message was asked for by another tool (azp).

    Set the client id of the LMS in Rollbook to the one that the LMS shows for this tool.
    """


class ExpiryMissing(LaunchRefused):
    """The launch message does not say until when it is good (exp).

    This is a fault in the LMS; ask its maker.
    """


class Expired(LaunchRefused):
    """The launch message is no longer good.

    Open the link again. If it stays, the clocks of the LMS and of this server differ.
    """

    again = True


class IssuedAtMissing(LaunchRefused):
    """The launch message does not say when it was made (iat).

    This is a fault in the LMS; ask its maker.
    """


class IssuedInFuture(LaunchRefused):
    """The launch message was made in the future.

    The clocks of the LMS and of this server differ; set the one that is wrong.
    """


class IssuedLongAgo(LaunchRefused):
    """The launch message is old.

    Open the link again. If it stays, the clocks of the LMS and of this server differ.
    """

    again = True


class NotYetValid(LaunchRefused):
    """The launch message is not good yet (nbf).

    The clocks of the LMS and of this server differ; set the one that is wrong.
    """


class TimeMalformed(LaunchRefused):
    """A time in the launch message is not a number of seconds.

    This is a fault in the LMS (RFC 7519, NumericDate); ask its maker about the named claim.
    """


class NonceMissing(LaunchRefused):
    """The launch message does not carry the login's one-time number (nonce).

    The LMS must send back the nonce that Rollbook gave it.
    """


class NonceOther(LaunchRefused):
    """The launch message carries the one-time number (nonce) of another login.

    Open the link again. If it stays, the LMS caches its messages, or somebody replays one.
    """

    again = True


class SubjectMissing(LaunchRefused):
    """The LMS did not say who you are (sub); Rollbook lets nobody in without a name.

    Let the LMS send the user's id to this tool (privacy setting), and sign in to the LMS before opening
    the link.
    """


class SubjectEmpty(LaunchRefused):
    """The LMS sent an empty id for you (sub).

    Let the LMS send the user's id to this tool (privacy setting).
    """


class SubjectTooLong(LaunchRefused):
    """The id that the LMS sent for you (sub) is longer than 255 characters.

    This is a fault in the LMS (LTI 1.3 core, 5.3.6); ask its maker.
    """


class SubjectUnreadable(LaunchRefused):
    """The id that the LMS sent for you (sub) has characters that cannot be seen.

    This is a fault in the LMS; ask its maker about the named characters.
    """


class MessageTypeMissing(LaunchRefused):
    """The launch message does not say what kind of message it is.

    The LMS must send the LTI 1.3 claim message_type. An LTI 1.1 link must be set up anew as LTI 1.3.
    """


class MessageTypeOther(LaunchRefused):
    """Rollbook answers links to open it (LtiResourceLinkRequest), and no other kind of message.

    Remove the other placement (content selection, for example) of this tool in the LMS.
    """


class VersionMissing(LaunchRefused):
    """The launch message does not say which version of LTI it is.

    The LMS must send the LTI claim version with 1.3.0.
    """


class VersionOther(LaunchRefused):
    """The launch message is of another version of LTI than 1.3.0.

    Set the tool up as LTI 1.3 in the LMS.
    """


class DeploymentMissing(LaunchRefused):
    """The launch message does not say from which deployment of the tool it is.

    The LMS must send the LTI claim deployment_id.
    """


class DeploymentUnknown(LaunchRefused):
    """This deployment of the tool is not registered in Rollbook.

    Add the named deployment id on the LMS's page in Rollbook, exactly as it is.
    """


class TargetMissing(LaunchRefused):
    """The launch message does not say which page was asked for.

    The LMS must send the LTI claim target_link_uri.
    """


class TargetOther(LaunchRefused):
    """The launch message is for another page than the one where the launch began.

    The LMS must send the same target_link_uri in the login and in the message (LTI 1.3 core, 5.3.4).
    """


class ResourceLinkMissing(LaunchRefused):
    """The launch message does not say which link was opened (resource_link).

    The LMS must send the LTI claim resource_link with an id of 1 to 255 characters.
    """


class RolesMissing(LaunchRefused):
    """The launch message does not say in which roles you come.

    The LMS must send the LTI claim roles, a list of texts that may be empty.
    """


class TextUnreadable(LaunchRefused):
    """The launch message has characters that cannot be stored.

    Somebody's name or a course title in the LMS has a character that is none; the claim is named.
    """
