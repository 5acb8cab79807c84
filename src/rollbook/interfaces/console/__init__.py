"""The administrators' console: reports, and a page with a preview for each operation. No rule lives here."""
