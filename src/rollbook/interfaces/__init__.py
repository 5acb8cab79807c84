"""Faces of Rollbook: they parse, plan, show and apply. No rule lives here."""
