"""Clock, text, ids, pagination: nothing here knows a domain word."""
