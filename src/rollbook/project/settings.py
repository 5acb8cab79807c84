"""Django's settings. What an operator sets is read and checked in rollbook.project.environment."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from rollbook.project.environment import database_settings, mail_settings, read_environment

environment = read_environment()
INTERFACES = Path(__file__).resolve().parents[1] / "interfaces"

SECRET_KEY = environment.secret_key
PUBLIC_URL = environment.public_url.rstrip("/")
HTTPS = PUBLIC_URL.startswith("https:")
ALLOWED_HOSTS = environment.allowed_hosts or [urlsplit(PUBLIC_URL).hostname or ""]
DATABASES = {"default": database_settings(environment.database_url, environment.database_pool)}

# Key sets of LMSs, and webhooks, may be at loopback and private addresses: the demo and tests only.
ALLOW_INSIDE_ADDRESSES = environment.allow_inside_addresses
LAUNCH_LOG_DAYS = environment.launch_log_days
ERASED_DAYS = environment.erased_days
WEBHOOK_LOG_DAYS = environment.webhook_log_days

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "procrastinate.contrib.django",
    "rollbook",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "rollbook.interfaces.lti.framing.FramingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "rollbook.interfaces.web.middleware.LaunchSessionMiddleware",
    "rollbook.interfaces.web.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "rollbook.project.urls"
WSGI_APPLICATION = "rollbook.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [INTERFACES / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rollbook.interfaces.web.context.page",
                "rollbook.interfaces.learner.joined.joined",
            ],
            "builtins": ["django.templatetags.static", "rollbook.interfaces.web.tags"],
        },
    },
]

FORM_RENDERER = "rollbook.interfaces.web.forms.Renderer"
DJANGO_TABLES2_TEMPLATE = "components/table.html"
PROCRASTINATE_IMPORT_PATHS = [
    "rollbook.interfaces.web.tasks",
    "rollbook.interfaces.web.email_tasks",
    "rollbook.interfaces.web.webhook_tasks",
]

# Signing in.
AUTH_USER_MODEL = "rollbook.User"
AUTHENTICATION_BACKENDS = ["rollbook.people.sign_in.IdentifierBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["first_name", "last_name", "email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "web:sign_in"
LOGIN_REDIRECT_URL = "home"
# E-mail is unique ignoring case, by a functional constraint that the first does not see. The folder that the second
# misses is made by the first upload; without it the worker would not even start.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "files.E001"]

# Sessions and cookies. A launch in a frame sets its own cookie attributes (rollbook.interfaces.lti).
SESSION_ENGINE = "rollbook.interfaces.web.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# What browsers are told.
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_SSL_REDIRECT = HTTPS and environment.trust_proxy
# A load balancer asks each process, without the proxy in between.
SECURE_REDIRECT_EXEMPT = [r"^health$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if environment.trust_proxy else None
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # Bootstrap draws the marks of its form fields as data: pictures in its style sheet.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# Style sheets and scripts: gathered under names that change with their content, or, where no folder is set (tests),
# straight from the source.
STATIC_URL = "/static/"
STATICFILES_DIRS = [INTERFACES / "static"]
STATIC_ROOT = environment.static or None
WHITENOISE_USE_FINDERS = not environment.static
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if environment.static
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Uploaded videos go straight to the media folder; without one none are taken.
MEDIA_ROOT = environment.media
FILE_UPLOAD_HANDLERS = [
    "rollbook.interfaces.web.uploads.SheetUpload",
    "rollbook.interfaces.web.uploads.UsersFileUpload",
    "rollbook.interfaces.web.uploads.VideoUpload",
]
FILE_UPLOAD_TEMP_DIR = str(Path(MEDIA_ROOT) / "incoming") if MEDIA_ROOT else None
VIDEO_LIMIT = environment.video_megabytes * 1024 * 1024
# The form of a long quiz has a field for each choice.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Mail, words and times.
globals().update(mail_settings(environment.mail_url))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = environment.mail_from
LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.time_zone

# One line for each event, without anything personal: see rollbook.project.logs.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "rollbook.project.logs.WithoutRowValues",
            "format": "%(levelname)s %(name)s: %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Its INFO lines hold the arguments of every job.
        "procrastinate": {"level": "WARNING"},
    },
}
