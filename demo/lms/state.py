"""What the demo LMS holds while it runs: its key, the changed profiles, the pending launches."""

from django.conf import settings

from demo.lms.keys import load_or_make
from demo.lms.launches import Launches
from demo.lms.profiles import Changes

KEY = load_or_make(settings.DATA / "platform-key.pem")
CHANGES = Changes(settings.DATA / "profiles.json")
LAUNCHES = Launches()
