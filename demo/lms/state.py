"""What the demo LMS holds while it runs: its key, the changed profiles, the pending launches."""

from demo.lms.keys import load_or_make
from demo.lms.launches import Launches
from demo.lms.profiles import Changes
from demo.lms.settings import DATA

KEY = load_or_make(DATA / "platform-key.pem")
CHANGES = Changes(DATA / "profiles.json")
LAUNCHES = Launches()
