"""An LMS of two pages: a course with Rollbook in a frame, and the sign-in address that sends the message."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from rollbook.lms.models import LMS
from tests.cast import outside_the_ledger
from tests.lms.platform import Visit, rsa_key

STORAGE = """
const kept = new Map();
addEventListener("message", (event) => {
  const { subject, message_id, key, value } = event.data;
  if (event.origin !== TOOL || !/^lti\\.(put|get)_data$/.test(subject)) return;
  if (subject === "lti.put_data") kept.set(key, value);
  event.source.postMessage({ subject: `${subject}.response`, message_id, key, value: kept.get(key) }, event.origin);
});
"""


@dataclass
class Site:
    """Where the LMS is, which Rollbook it launches, and what it claims there beyond the usual."""

    url: str
    tool: str
    client_id: str
    asked: list[str] = field(default_factory=list)
    claims: dict[str, str] = field(default_factory=dict)

    def course(self, *, storage: bool = False) -> str:
        """Return the address of the course page; `storage` says whether it keeps data for tools."""
        return f"{self.url}/course?{urlencode({'storage': int(storage)})}"

    def launch_address(self, *, storage: bool) -> str:
        """Return where a launch begins."""
        asked = {
            "iss": self.url,
            "client_id": self.client_id,
            "login_hint": "ben",
            "target_link_uri": f"{self.tool}/lti/launch",
        }
        if storage:
            asked["lti_storage_target"] = "_parent"
        return f"{self.tool}/lti/login?{urlencode(asked)}"

    def page(self, path: str, query: dict[str, str]) -> str:
        """Return a page's HTML."""
        self.asked.append(path)
        if path == "/course":
            storage = query["storage"] == "1"
            script = f"const TOOL = {json.dumps(self.tool)};{STORAGE}" if storage else ""
            address = escape(self.launch_address(storage=storage))
            return f"<h1>Course</h1><script>{script}</script><iframe name=tool src='{address}' height=900></iframe>"
        lms = LMS(issuer=self.url, client_id=self.client_id)
        visit = Visit(lms, query["state"], "", query["nonce"])
        token = visit.token(target_link_uri=f"{self.tool}/lti/launch", **self.claims)
        fields = "".join(
            f"<input name={name} value='{escape(value)}'>"
            for name, value in (("id_token", token), ("state", query["state"]))
        )
        return (
            f"<form method=post action='{escape(query['redirect_uri'])}'>{fields}</form>"
            "<script>document.forms[0].submit()</script>"
        )


@contextmanager
def lms_site(tool: str, lms: LMS, host: str) -> Iterator[Site]:
    """Run the LMS on `host`, and register it as `lms` with Rollbook at `tool`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/jwks":
                keys = [rsa_key("key-1").as_dict(private=False)]
                kind, text = "application/json", json.dumps({"keys": keys})
            elif parts.path == "/favicon.ico":
                kind, text = "image/x-icon", ""
            else:
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                kind, text = "text/html", site.page(parts.path, query)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(f"http://{host}:{server.server_port}", tool, lms.client_id)
        with outside_the_ledger():
            LMS.objects.filter(pk=lms.pk).update(
                issuer=site.url, auth_url=f"{site.url}/auth", key_set_url=f"{site.url}/jwks"
            )
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join(5)
