"""The demo: an LMS to launch from, and the people who are in it and in Rollbook."""
