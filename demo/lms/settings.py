"""Django's settings of the demo LMS. It has no database: what it keeps is in two files of its data folder."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from demo.addresses import lms_url

DATA = Path(os.environ.get("DEMO_LMS_DATA", "data/demo-lms"))

SECRET_KEY = secrets.token_urlsafe(48)  # it signs nothing that outlives the process
ALLOWED_HOSTS = sorted({"127.0.0.1", "localhost", urlsplit(lms_url()).hostname or "127.0.0.1"})
ROOT_URLCONF = "demo.lms.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE = ["demo.lms.one_address.one_address", "django.middleware.common.CommonMiddleware"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {"context_processors": ["demo.lms.views.addresses"]},
    }
]
USE_TZ = True
LOGGING_CONFIG = None
