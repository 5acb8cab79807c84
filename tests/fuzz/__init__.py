"""Fuzzing of what strangers send: coverage-guided by atheris, which `make prove` installs (requirements/fuzz.in)."""
