"""The demo LMS, run as in the demo."""
