"""The demo register: an empty Rollbook is filled with the cast, through operations only."""
