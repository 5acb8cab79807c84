"""Settings, URLs, the embedded PostgreSQL."""
