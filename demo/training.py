"""What can be learnt in the demo: courses with their chapters, and who has what. Nothing here does anything."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    """A question with its choices; `right` are the positions of the correct ones, from 0."""

    text: str
    choices: tuple[str, ...]
    right: tuple[int, ...]


@dataclass(frozen=True)
class Chapter:
    """A chapter: a video (a file in demo/videos), a quiz, or both."""

    title: str
    video: str = ""
    captions: str = ""
    questions: tuple[Question, ...] = ()
    required: bool = True


@dataclass(frozen=True)
class Course:
    """A course; `competency` is what completing it earns, at level 1."""

    key: str
    title: str
    category: str
    description: str
    chapters: tuple[Chapter, ...]
    due_days: int | None = None
    certificate_days: int | None = None
    competency: str = ""


@dataclass(frozen=True)
class Role:
    """A content role, its courses by key, and the locations whose learners have it."""

    name: str
    courses: tuple[str, ...]
    locations: tuple[str, ...] = field(default=())


CAPTIONS = """WEBVTT

00:00.000 --> 00:02.000
Wet your hands, take soap.

00:02.000 --> 00:04.000
Rub palms, backs, between the fingers, thumbs.

00:04.000 --> 00:06.000
Rinse, dry, and close the tap with the towel.
"""

# (name, name of the category it is in): parents come first.
CATEGORIES: tuple[tuple[str, str | None], ...] = (
    ("Safety", None),
    ("On the ward", "Safety"),
    ("In the building", "Safety"),
    ("Rules", None),
)

COURSES: tuple[Course, ...] = (
    Course(
        key="hands",
        title="Hand hygiene",
        category="On the ward",
        description="Clean hands are the cheapest medicine there is. Ten minutes, once a year.",
        due_days=30,
        certificate_days=365,
        competency="Infection control",
        chapters=(
            Chapter(
                "How to wash your hands",
                video="hand-hygiene.webm",
                captions=CAPTIONS,
                questions=(
                    Question(
                        "How long do you rub your hands with soap?",
                        ("5 seconds", "20 seconds", "2 minutes"),
                        (1,),
                    ),
                    Question(
                        "When do you wash your hands?",
                        (
                            "Before touching a patient",
                            "After touching a patient",
                            "Only when they look dirty",
                        ),
                        (0, 1),
                    ),
                ),
            ),
            Chapter(
                "Gloves are no substitute",
                questions=(
                    Question(
                        "You take your gloves off. What now?",
                        ("Put new ones on", "Clean your hands", "Go on: they were covered"),
                        (1,),
                    ),
                ),
            ),
        ),
    ),
    Course(
        key="fire",
        title="Fire safety",
        category="In the building",
        description="What to do in the first minute, and where to go in the second.",
        due_days=14,
        certificate_days=730,
        chapters=(
            Chapter("The first minute", video="hand-hygiene.webm"),
            Chapter(
                "Raising the alarm",
                questions=(
                    Question(
                        "What do you do first?",
                        ("Raise the alarm", "Look for the cause", "Fetch your coat"),
                        (0,),
                    ),
                    Question(
                        "Which ways out may you use?",
                        ("The stairs", "The lift", "The marked emergency exits"),
                        (0, 2),
                    ),
                ),
            ),
            Chapter("More to watch, if you like", video="hand-hygiene.webm", required=False),
        ),
    ),
    Course(
        key="data",
        title="Data protection",
        category="Rules",
        description="Who may see which record, and what to do when somebody saw too much.",
        chapters=(
            Chapter(
                "Whose record is it?",
                questions=(
                    Question(
                        "A colleague asks you to look up a neighbour. You",
                        ("do it quickly", "refuse", "do it if it is urgent gossip"),
                        (1,),
                    ),
                ),
            ),
        ),
    ),
)

ROLES: tuple[Role, ...] = (
    Role("Nursing", ("hands", "fire"), ("School of Nursing", "Emergency Department", "Children's Ward")),
    Role("Everybody", ("fire", "data"), ("Hillside College", "School of Engineering")),
)

# (key of the person, key of the course, how far, weeks ago). "completed" means all required chapters;
# "begun" the first chapter, in the middle.
RECORDS: tuple[tuple[str, str, str, int], ...] = (
    ("ben", "hands", "completed", 9),
    ("ben", "fire", "begun", 1),
    ("benjamin", "hands", "completed", 60),
    ("benjamin", "fire", "completed", 3),
    ("benjamin", "data", "begun", 2),
    ("bea", "hands", "begun", 2),
    ("bea", "fire", "completed", 20),
    ("tom", "fire", "completed", 6),
    ("tom", "data", "begun", 1),
    ("uma", "fire", "begun", 8),
    ("uma", "data", "completed", 3),
    ("omar", "hands", "completed", 12),
    ("omar", "fire", "completed", 11),
    ("olga", "hands", "begun", 7),
    ("petra", "hands", "completed", 2),
)
