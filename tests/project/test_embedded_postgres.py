"""The embedded PostgreSQL survives what happens to a demo on a laptop."""
