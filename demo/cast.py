"""The cast of the demo: who is in Rollbook's register, who is in which LMS, and how each LMS is registered.

The demo LMS shows these people; `demo.register` puts them into Rollbook. Nothing here does anything.
"""

from demo.crowd import CROWD, CROWD_PROFILES
from demo.people import Person, Platform, Profile

# (name, name of the location it is in): parents come first.
LOCATIONS: tuple[tuple[str, str | None], ...] = (
    ("Hillside College", None),
    ("School of Nursing", "Hillside College"),
    ("School of Engineering", "Hillside College"),
    ("Valley Hospital", None),
    ("Emergency Department", "Valley Hospital"),
    ("Children's Ward", "Valley Hospital"),
)

# (code, label) of the Username attributes that the demo needs beside those that come with Rollbook.
USERNAME_ATTRIBUTES: tuple[tuple[str, str], ...] = (("student_id", "Student ID"),)

# One issuer and two client ids, as hosted Canvas does it; the addresses are in `demo.addresses`.
PLATFORMS: tuple[Platform, ...] = (
    Platform(
        key="hillside",
        name="Hillside College",
        client_id="rollbook-hillside",
        deployment_ids=("hillside-1", "hillside-2"),
        policy="email",
        matchers=(("email", "email"),),
        email_domains=("example.edu",),
        when_missing="create",
        location="Hillside College",
        contact="the Hillside help desk, help@example.edu",
        explanation="Rollbook matches its learners by e-mail, and creates those it does not know.",
    ),
    Platform(
        key="valley",
        name="Valley Hospital",
        client_id="rollbook-valley",
        deployment_ids=("valley-1",),
        policy="student_id",
        matchers=(("lis.person_sourcedid", "student_id"),),
        email_domains=(),
        when_missing="refuse",
        location="Valley Hospital",
        contact="the Valley training office, training@example.org",
        explanation="Rollbook matches its learners by student ID, and refuses those it does not know.",
    ),
)

STAFF: tuple[Person, ...] = (
    Person(
        "alice", "Alice", "Archer", "alice.archer@example.edu", "Hillside College",
        {"username": "alice"}, access_level="super_user",
    ),
    Person(
        "carla", "Carla", "Clark", "carla.clark@example.edu", "Hillside College",
        {"username": "carla"}, access_level="administrator", manages=("Hillside College",),
    ),
    Person(
        "lou", "Lou", "Lane", "lou.lane@example.edu", "School of Nursing",
        {"username": "lou"}, access_level="location_manager", manages=("School of Nursing",),
    ),
)  # fmt: skip

LEARNERS: tuple[Person, ...] = (
    Person("ben", "Ben", "Baker", "ben.baker@example.edu", "School of Nursing", {"username": "ben"}),
    Person("bea", "Bea", "Brown", "bea.brown@example.edu", "School of Nursing", {"username": "bea"}),
    Person(
        "benjamin", "Benjamin", "Baker", "benjamin.baker@example.net", "School of Nursing",
        {"student_id": "00512077"},
    ),
    Person("tom", "Tom", "Turner", "tom.turner@example.edu", "School of Engineering"),
    Person("uma", "Uma", "Underwood", "uma.underwood@example.edu", "School of Engineering"),
    Person("ivy", "Ivy", "Ito", "ivy.ito@example.edu", "School of Engineering", active=False),
    Person(
        "omar",
        "Omar",
        "Okafor",
        "omar.okafor@example.org",
        "Emergency Department",
        {"student_id": "00734201"},
    ),
    Person("olga", "Olga", "Ozols", "olga.ozols@example.org", "Children's Ward", {"student_id": "734201"}),
    Person(
        "petra",
        "Petra",
        "Peeters",
        "petra.peeters@example.org",
        "Children's Ward",
        {"student_id": "00734388"},
    ),
)  # fmt: skip

# Everybody who is in Rollbook when the demo starts. Nina Novak and Victor Vale are in an LMS only.
PEOPLE: tuple[Person, ...] = STAFF + LEARNERS + CROWD

STORIES: tuple[Profile, ...] = (
    Profile(
        "hillside", "ben", "1001", "bea.brown@example.edu", "Ben", "Baker",
        story="Somebody at the college typed Bea Brown's e-mail address into Ben's profile. He has never "
        "launched before, so Rollbook goes by the e-mail and takes him for Bea.",
    ),
    Profile(
        "hillside", "bea", "1002", "bea.brown@example.edu", "Bea", "Brown",
        story="The owner of the address. Launch as Ben first: then Rollbook knows a Hillside account of "
        "Bea's already, and asks her to prove that she is Bea.",
    ),
    Profile(
        "hillside", "tom", "1003", "uma.underwood@example.edu", "Tom", "Turner", linked=True,
        story="Has launched before. His e-mail was changed to Uma's since: he goes on as himself, and the "
        "administrators see a possible cross-link.",
    ),
    Profile(
        "hillside", "nina", "1004", "nina.novak@example.edu", "Nina", "Novak",
        story="Is not in Rollbook yet. Her first launch creates her.",
    ),
    Profile(
        "hillside", "ivy", "1005", "ivy.ito@example.edu", "Ivy", "Ito", linked=True,
        story="Is inactive in Rollbook: she is refused, although Rollbook knows her account.",
    ),
    Profile(
        "hillside", "alice", "1006", "alice.archer@example.edu", "Alice", "Archer", instructor=True,
        story="Is a super user in Rollbook. An LMS's word is not enough for that: she has to sign in once.",
    ),
    Profile(
        "valley", "omar", "1001", "omar.okafor@example.org", "Omar", "Okafor", "00734201",
        story="His student ID begins with zeros, and they count: 734201 is Olga. His id in this LMS, 1001, "
        "is also Ben's at Hillside, and that means nothing.",
    ),
    Profile(
        "valley", "benjamin", "1005", "benjamin.baker@example.net", "Benjamin", "Baker", "00512077", linked=True,
        story="Is Ben Baker as well: at the hospital he goes by another address, and so he has a second account in "
        "Rollbook. Merge it into Ben's there, and whoever launches from here is Ben.",
    ),
    Profile(
        "valley", "olga", "1002", "olga.ozols@example.org", "Olga", "Ozols", "734201",
        story="Omar's student ID without the zeros.",
    ),
    Profile(
        "valley", "petra", "1003", "petra.peeters@example.org", "Petra", "Peeters", "$Person.sourcedId",
        story="This LMS did not fill her student ID in, it sent the name of the variable. She is refused "
        "until the LMS is set up properly.",
    ),
    Profile(
        "valley", "victor", "1004", "victor.vale@example.org", "Victor", "Vale", "00991177",
        story="Is not in Rollbook. Valley's learners are never created by a launch: he is refused, and told "
        "whom to ask.",
    ),
)  # fmt: skip

# Everybody who can be chosen in the demo LMS.
PROFILES: tuple[Profile, ...] = STORIES + CROWD_PROFILES
