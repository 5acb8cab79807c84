"""Tests of the settings, the embedded PostgreSQL and the start."""
