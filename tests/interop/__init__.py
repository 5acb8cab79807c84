"""Launches into Rollbook from platforms that are not ours, each in a process of its own."""
