"""Settings, from the environment."""

from environs import Env

env = Env()
SECRET_KEY = env.str("SECRET_KEY", "x" * 60)
DATABASES = {"default": env.dj_db_url("DATABASE_URL", "postgres:///rollbook")} if False else {
    "default": {"ENGINE": "django.db.backends.postgresql", "NAME": env.str("PGDATABASE", "rollbook"), "USER": env.str("PGUSER", "postgres"),
    "HOST": env.str("PGHOST", "/var/run/postgresql"), "PORT": env.str("PGPORT", "5432")}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages", "django.contrib.postgres", "rollbook"]
AUTH_USER_MODEL = "rollbook.User"
USE_TZ = True
TIME_ZONE = "UTC"
AUTHENTICATION_BACKENDS = ["rollbook.people.sign_in.IdentifierBackend"]
# E-mail is unique ignoring case, by a functional constraint that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
