"""`rollbook rotate-keys`."""

from rollbook.lms.tool_keys import public_key_set, signing_key
from tests.cast import Cast
from tests.interfaces.cli.conftest import Command


def test_the_new_key_signs_and_the_old_one_stays_published(cast: Cast, rollbook: Command) -> None:
    old = signing_key().kid
    answer = rollbook("rotate-keys")
    new = signing_key().kid
    assert answer.code == 0
    assert f"The new key is {new}." in answer.out
    assert [key["kid"] for key in public_key_set()["keys"]] == [new, old]
