"""Where the demo LMS and Rollbook are, and the addresses that follow from that."""

import os

LAST_PORT = 65535


def lms_url() -> str:
    """Return where the demo LMS is, without a slash at the end. It is also the issuer of both its LMSs.

    By name, where Rollbook is by number: to a browser two sites, as in earnest. A learner in the LMS's frame and an
    administrator in a tab of Rollbook's own have a session each.
    """
    return os.environ.get("DEMO_LMS_URL", f"http://localhost:{lms_port()}").rstrip("/")


def lms_port() -> int:
    """Return the port that the demo LMS listens on."""
    text = os.environ.get("DEMO_LMS_PORT", "8001")
    if not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise SystemExit(
            f"DEMO_LMS_PORT is “{text}”, which is no port: give it a number from 1 to {LAST_PORT}."
        )
    return int(text)


def rollbook_url() -> str:
    """Return where Rollbook is, without a slash at the end."""
    return os.environ.get("ROLLBOOK_URL", "http://127.0.0.1:8000").rstrip("/")


def auth_url() -> str:
    """Return the authentication request URL of both LMSs (LTI 1.3 core, section 5.1.1.2)."""
    return f"{lms_url()}/auth"


def key_set_url() -> str:
    """Return the key-set URL of both LMSs."""
    return f"{lms_url()}/jwks"


def token_url() -> str:
    """Return the access token URL of both LMSs."""
    return f"{lms_url()}/token"


def tool_login_url() -> str:
    """Return where Rollbook takes a login initiation (LTI 1.3 core, section 5.1.1.1)."""
    return f"{rollbook_url()}/lti/login"


def tool_launch_url() -> str:
    """Return where Rollbook takes a launch: its one redirect URI and target link."""
    return f"{rollbook_url()}/lti/launch"


def tool_key_set_url() -> str:
    """Return where Rollbook publishes its own keys."""
    return f"{rollbook_url()}/lti/jwks.json"
