"""The LTI 1.3 consumer of `lti-consumer-xblock` as a small web server: `ISSUER`, `PORT`, `TOOL` in the environment.

It runs with the Python of the environment in `requirements/interop.txt` and is never imported by a test.
/start takes the person's claims and `spoil` and sends the browser to the tool; /auth answers with the launch.
"""

import json
import os
from urllib.parse import parse_qsl
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import django
from Cryptodome.PublicKey import RSA
from django.template.loader import render_to_string
from lti_consumer.data import Lti1p3LaunchData
from lti_consumer.lti_1p3.consumer import LtiAdvantageConsumer
from lti_consumer.utils import get_data_from_cache

ISSUER, PORT, TOOL = os.environ["ISSUER"], int(os.environ["PORT"]), os.environ["TOOL"]
KEY = RSA.generate(2048).export_key("PEM").decode()
LAUNCH_URL = f"{TOOL}/lti/launch"
spoiled: dict[str, str] = {}


def consumer() -> LtiAdvantageConsumer:
    return LtiAdvantageConsumer(
        iss=ISSUER,
        lti_oidc_url=f"{TOOL}/lti/login",
        lti_launch_url=LAUNCH_URL,
        client_id="rollbook-open-edx",
        deployment_id="1",
        rsa_key=KEY,
        rsa_key_id="key-1",
        redirect_uris=[LAUNCH_URL],
        tool_keyset_url=f"{TOOL}/lti/jwks.json",
    )


def start(asked: dict[str, str]) -> str:
    """Return where the browser begins the launch."""
    launch = Lti1p3LaunchData(
        user_id=asked["sub"],
        user_role="student",
        config_id="1",
        resource_link_id="unit-1",
        email=asked.get("email"),
        name=asked.get("name"),
        custom_parameters=json.loads(asked.get("custom", "{}")),
    )
    url = consumer().prepare_preflight_url(launch)
    spoiled[dict(parse_qsl(url))["lti_message_hint"]] = asked.get("spoil", "")
    return url


def answer(asked: dict[str, str]) -> str:
    """Return the page that posts the launch, which the consumer's own template renders."""
    launch, spoil = get_data_from_cache(asked["lti_message_hint"]), spoiled[asked["lti_message_hint"]]
    platform = consumer()
    platform.set_user_data(
        launch.user_id, launch.user_role, full_name=launch.name, email_address=launch.email
    )
    platform.set_resource_link_claim(launch.resource_link_id)
    platform.set_custom_parameters(launch.custom_parameters)
    if spoil == "for another tool":
        platform.extra_claims = {"aud": "another-tool", "azp": "another-tool"}
    request = platform.generate_launch_request(asked)
    if spoil == "expired":
        message = {**platform.get_lti_launch_message(), "nonce": asked["nonce"]}
        request["id_token"] = platform.key_handler.encode_and_sign(message, expiration=-600)
    return render_to_string("html/lti_1p3_launch.html", {"launch_url": LAUNCH_URL, "launch_request": request})


def application(environ: WSGIEnvironment, respond: StartResponse) -> list[bytes]:
    """Serve the four addresses."""
    asked = dict(parse_qsl(environ["QUERY_STRING"]))
    if environ["REQUEST_METHOD"] == "POST":
        asked = dict(parse_qsl(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()))
    if environ["PATH_INFO"] == "/start":
        respond("302 Found", [("Location", start(asked))])
        return [b""]
    if environ["PATH_INFO"] == "/keys":
        respond("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(consumer().get_public_keyset()).encode()]
    if environ["PATH_INFO"] == "/token":
        respond("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(consumer().access_token(asked)).encode()]
    respond("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [answer(asked).encode()]


django.setup()
make_server("127.0.0.1", PORT, application).serve_forever()
