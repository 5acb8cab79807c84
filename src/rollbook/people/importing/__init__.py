"""Users from a file: its rows are staged, each cell read once, and checked against the register for operations."""
