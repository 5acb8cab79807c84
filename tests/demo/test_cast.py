"""The cast is a register that Rollbook would accept, and it tells its stories."""

from collections import Counter

from demo.cast import LOCATIONS, PEOPLE, PLATFORMS, PROFILES, USERNAME_ATTRIBUTES

PERSON = {person.key: person for person in PEOPLE}
PROFILE = {(profile.lms, profile.person): profile for profile in PROFILES}


def test_nobody_shares_a_key_an_e_mail_or_an_identifier() -> None:
    keys = Counter(person.key for person in PEOPLE)
    emails = Counter(person.email.lower() for person in PEOPLE)
    identifiers = Counter(pair for person in PEOPLE for pair in person.identifiers.items())
    accounts = Counter((profile.lms, profile.sub) for profile in PROFILES)
    for counted in (keys, emails, identifiers, accounts):
        assert max(counted.values()) == 1


def test_every_name_that_is_used_is_declared() -> None:
    locations = [name for name, _ in LOCATIONS]
    codes = {"username", *(code for code, _ in USERNAME_ATTRIBUTES)}
    for index, (_, parent) in enumerate(LOCATIONS):
        assert parent is None or parent in locations[:index]
    for person in PEOPLE:
        assert {person.location, *person.manages} <= set(locations)
        assert person.identifiers.keys() <= codes
    for platform in PLATFORMS:
        assert platform.location in locations
    assert {profile.lms for profile in PROFILES} == {platform.key for platform in PLATFORMS}
    assert {profile.person for profile in PROFILES if profile.linked} <= PERSON.keys()


def test_bens_lms_says_beas_e_mail_and_neither_has_launched_before() -> None:
    ben, bea = PROFILE["hillside", "ben"], PROFILE["hillside", "bea"]
    assert ben.email == bea.email == PERSON["bea"].email != PERSON["ben"].email
    assert not ben.linked
    assert not bea.linked


def test_omars_student_id_begins_with_zeros_that_count() -> None:
    omar, olga = PERSON["omar"].identifiers["student_id"], PERSON["olga"].identifiers["student_id"]
    assert omar != olga == omar.lstrip("0")


def test_the_crowd_has_names_in_several_scripts() -> None:
    scripts = {ord(person.first_name[0]) // 0x100 for person in PEOPLE}
    assert len(PEOPLE) > 50
    assert len(scripts) > 8
