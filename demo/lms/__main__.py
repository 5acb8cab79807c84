"""Start the demo LMS: `python -m demo.lms`."""

import os
import signal
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.wsgi import get_wsgi_application
from django.urls import resolve
from whitenoise import WhiteNoise

from demo.addresses import lms_port, lms_url, rollbook_url
from demo.lms.keys import DataFolderError

STATIC = Path(__file__).parent / "static"


class Server(ThreadingMixIn, WSGIServer):
    """A small server, enough for the few browsers of a demo."""

    daemon_threads = True


class Handler(WSGIRequestHandler):
    """A handler that keeps quiet: the terminal belongs to Rollbook's own messages."""

    def log_message(self, *args: object) -> None:
        """Write nothing."""


def _stop(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Serve until interrupted, or exit with the reason why not."""
    # Rollbook's own settings may stand in the environment.
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo.lms.settings"
    port = lms_port()
    try:
        resolve("/")  # loads the pages, and with them the key and the profiles: now, not at the first request
        application = WhiteNoise(get_wsgi_application(), root=STATIC, prefix="static/", max_age=0)
        server = make_server("127.0.0.1", port, application, Server, Handler)
    except DataFolderError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(
            f"The demo LMS cannot listen on 127.0.0.1:{port}: {error.strerror}. Is it running already? "
            "Another port can be set in DEMO_LMS_PORT."
        )
    signal.signal(signal.SIGTERM, _stop)
    sys.stdout.write(f"The demo LMS is at {lms_url()} and launches into Rollbook at {rollbook_url()}.\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
