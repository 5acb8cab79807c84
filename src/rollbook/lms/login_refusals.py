"""Why a login or the way back from it is refused: parameters, registration, state, browser."""

from rollbook.lms.refusal import LaunchRefused


class WrongMethod(LaunchRefused):
    """A launch arrives as a form that the LMS sends; this address cannot be opened by itself.

    Open Rollbook from its link in the LMS.
    """

    status = 405
    again = True


class LoginIncomplete(LaunchRefused):
    """The LMS began a launch without saying who, from where, or what for.

    Its login request must have iss, login_hint and target_link_uri (1EdTech Security Framework 1.0, 5.1.1.1).
    """


class DuplicateParameter(LaunchRefused):
    """The LMS sent the same value twice, so that it is unclear which one counts.

    Each parameter may be sent once. A proxy between the LMS and Rollbook may be repeating them.
    """


class ParameterTooLong(LaunchRefused):
    """The LMS sent a value that is too long.

    Ask the maker of the LMS why the named parameter is so long.
    """


class LMSUnknown(LaunchRefused):
    """This LMS is not registered in Rollbook.

    Register it with exactly the named issuer and client id: case and a slash at the end count.
    """


class LMSAmbiguous(LaunchRefused):
    """Several registered LMSs have this issuer, and the LMS did not say which of them it is.

    Let the LMS send client_id, or list its deployment id with the right LMS only.
    """


class LMSDisabled(LaunchRefused):
    """Launches from this LMS are switched off in Rollbook.

    An administrator can enable the LMS on its page.
    """

    status = 403


class TargetElsewhere(LaunchRefused):
    """The LMS asked for a page that does not belong to this Rollbook.

    Set the tool's launch address (target link URI) in the LMS to the one on the LMS's page in Rollbook.
    """


class LMSReportedError(LaunchRefused):
    """The LMS did not let you through, and said why in its own words.

    Sign in to the LMS again; if it stays, its administrator should look at the named error.
    """

    again = True


class TokenMissing(LaunchRefused):
    """The LMS sent you here without a launch message.

    The form that the LMS sends must have an id_token.
    """

    again = True


class StateMissing(LaunchRefused):
    """The launch does not say which login it belongs to.

    The LMS must send back the state that Rollbook gave it, unchanged.
    """

    again = True


class StateUnknown(LaunchRefused):
    """This launch does not belong to any login that began here.

    The LMS must send back the state that Rollbook gave it, unchanged. A launch that did not begin here may be
    an attack.
    """

    again = True


class StateExpired(LaunchRefused):
    """Too much time passed between opening the link and arriving here.

    Open the link in the LMS again.
    """

    again = True


class StateUsed(LaunchRefused):
    """This launch has been used already; each one opens Rollbook once.

    Open the link in the LMS again instead of reloading the page or going back to it.
    """

    again = True


class BrowserUnknown(LaunchRefused):
    """Your browser did not keep the cookie that shows the launch is yours.

    Open the link in a new window, or allow cookies for Rollbook.
    """

    again = True


class BrowserOther(LaunchRefused):
    """This launch began in another browser.

    Open the link in the LMS again, in this browser. Somebody may have sent you a launch of their own.
    """

    status = 403
    again = True
