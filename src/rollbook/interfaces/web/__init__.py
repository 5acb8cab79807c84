"""What the console, the learner's pages and the LTI door share: look, sign-in, the actor of a request."""
