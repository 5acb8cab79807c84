"""One verb per file; this is the explicit list."""
