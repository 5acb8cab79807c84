"""The LTI 1.3 door: login, launch, our key set. It parses, asks `lms` and `operations`, and shows."""
