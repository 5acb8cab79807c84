"""What there is to learn, and what learners have done of it."""
