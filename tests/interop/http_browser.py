"""A browser as far as a launch needs one: it keeps cookies, follows redirects and submits forms.

It sends a form only when told to, so that a test can look at a launch, or spoil it, before it goes out.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3

MOST_REDIRECTS = 10


@dataclass(frozen=True)
class Page:
    """An answer: where it came from in the end, what it says, and its first form."""

    url: str
    status: int
    text: str
    form: "Form"


@dataclass
class Form:
    """The first form of a page: where it goes, and its fields by name."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)


class _FormParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(Form(given.get("action") or ""))
        elif tag == "input" and self.forms and given.get("name"):
            self.forms[-1].fields[given["name"] or ""] = given.get("value") or ""


def send(
    method: str, url: str, fields: dict[str, str], *, cookies: dict[str, str] | None = None
) -> urllib3.BaseHTTPResponse:
    """Send one request, the fields in the address or as a form, and follow nothing."""
    headers, body, sent = {}, None, urlencode(fields)
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    if method == "POST":
        headers["Content-Type"], body = "application/x-www-form-urlencoded", sent
    elif sent:
        url = f"{url}?{sent}"
    with urllib3.PoolManager() as pool:
        return pool.request(method, url, body, headers=headers, redirect=False, retries=False, timeout=20)


@dataclass
class HttpBrowser:
    """One person's browser."""

    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, url: str) -> Page:
        """Open an address."""
        return self._open("GET", url, {})

    def post(self, url: str, fields: dict[str, str]) -> Page:
        """Send a form's fields to an address."""
        return self._open("POST", url, fields)

    def submit(self, page: Page) -> Page:
        """Submit the first form of a page as it is."""
        return self.post(urljoin(page.url, page.form.action), page.form.fields)

    def _open(self, method: str, url: str, fields: dict[str, str]) -> Page:
        for _ in range(MOST_REDIRECTS):
            kept = self.cookies.setdefault(urlsplit(url).netloc, {})
            answer = send(method, url, fields, cookies=kept)
            self._keep_cookies(kept, answer.headers.getlist("Set-Cookie"))
            if "Location" not in answer.headers:
                return _page(url, answer)
            method, url, fields = "GET", urljoin(url, answer.headers["Location"]), {}
        raise AssertionError(f"More than {MOST_REDIRECTS} redirects, the last to {url}.")

    @staticmethod
    def _keep_cookies(kept: dict[str, str], headers: list[str]) -> None:
        for header in headers:
            # The standard library learns the attribute Partitioned in Python 3.14 only.
            for name, morsel in SimpleCookie(header.replace("; Partitioned", "")).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    kept.pop(name, None)
                else:
                    kept[name] = morsel.value


def _page(url: str, answer: urllib3.BaseHTTPResponse) -> Page:
    text = answer.data.decode()
    parser = _FormParser()
    parser.feed(text)
    return Page(url, answer.status, text, parser.forms[0] if parser.forms else Form())
