"""Users, their attributes and identifiers, locations and access levels."""
