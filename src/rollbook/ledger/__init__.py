"""The one idea: plan, apply all at once or not at all, record row by row, undo. Knows no domain."""
