"""Django's settings for `open_edx_platform`: a cache, and the consumer's own templates."""

from importlib.util import find_spec
from pathlib import Path

CONSUMER = find_spec("lti_consumer")
assert CONSUMER is not None, "this runs in the environment of requirements/interop.txt"

SECRET_KEY = "only-for-tests"
PLATFORM_NAME = "A platform for tests"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(CONSUMER.origin or "").parent / "templates"],
    }
]
USE_TZ = True
