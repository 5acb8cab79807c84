"""The API as a whole: its parts, its OpenAPI document and its documentation page."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema

from rollbook.interfaces.api import files, launches, operations, places, training, users, webhook_shapes
from rollbook.interfaces.api.answers import READ, WRITE
from rollbook.interfaces.api.bearer import Bearer
from rollbook.interfaces.api.problems import MEDIA_TYPE, register_handlers
from rollbook.interfaces.api.writing import HEADER

ABOUT = """The register and its operations as data. Send a token with each request: `Authorization: Bearer rollbook_...`.
Super users create tokens in the console, each with rights and a location; what lies beyond is not there (404).

Whatever repairs something is planned first: `POST /operations/{verb}/plan` says what would be done, and
`POST /operations/{verb}/apply` does exactly that, with the plan's `fingerprint` and `key`, or nothing."""
TEXT = {"type": "string"}


class Documentation(DocsBase):
    """The interactive documentation, served by Rollbook itself."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        """Show it."""
        return render(request, "api/docs.html", {"openapi": self.get_openapi_url(api, kwargs)})


class Service(NinjaAPI):
    """The API, with a document that says what our own code adds to every request and answer."""

    made: OpenAPISchema | None = None

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Return the OpenAPI document, which is made once: anybody may ask for it."""
        if self.made is None:
            self.made = self._make(path_prefix, path_params)
        return self.made

    def _make(self, path_prefix: str | None, path_params: dict[str, Any] | None) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        # Said once: the page that is drawn from the document would take long to read it hundreds of times.
        document["components"]["responses"] = {f"Problem{status}": _problem(status) for status in PROBLEMS}
        for path, methods in document["paths"].items():
            for method, details in methods.items():
                _complete(path, method, details)
        document["components"]["schemas"] |= webhook_shapes.schemas()
        document["webhooks"] = webhook_shapes.described()
        return document


PROBLEMS = sorted(status for group in (*READ, *WRITE) for status in group)


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    headers = _headers() | ({"Retry-After": {"schema": {"type": "integer"}}} if status == 429 else {})
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": schema}},
        "headers": headers,
    }


def _complete(path: str, method: str, details: dict[str, Any]) -> None:
    # "Plan merge_users" is said by its own definition; the others by what they are called for programs.
    if "/operations/" not in path:
        details["summary"] = details["operationId"].replace("_", " ").capitalize().replace("lms", "LMS")
    for status, answer in list(details["responses"].items()):
        if int(status) in PROBLEMS:
            details["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
        else:
            answer["headers"] = _headers()
    parameters = details.setdefault("parameters", [])
    if method != "get" and not path.endswith(("/plan", "/files")):
        told = "the same request with the same key is done once; kept for 24 hours"
        parameters.append(_header(HEADER, told, maxLength=255, minLength=1))
    if path.endswith("/users/{user_id}"):
        name = "If-None-Match" if method == "get" else "If-Match"
        parameters.append(_header(name, "the `ETag` of a user as it was read"))


def _header(name: str, told: str, **schema: Any) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": False,
        "schema": {**TEXT, **schema},
        "description": told,
    }


def _headers() -> dict[str, Any]:
    return {"RateLimit-Policy": {"schema": TEXT}, "RateLimit": {"schema": TEXT}}


api = Service(
    title="Rollbook",
    version="1",
    description=ABOUT,
    urls_namespace="api",
    auth=Bearer(),
    docs=Documentation(),
)
register_handlers(api)
for part in (users, training, launches, operations, files, places):
    api.add_router("", part.router)
