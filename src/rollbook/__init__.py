"""Rollbook: the learner register that can be rolled back."""
