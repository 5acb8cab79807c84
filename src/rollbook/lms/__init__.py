"""Learning management systems: registrations, LMS accounts, verifying a launch, deciding who arrives."""
