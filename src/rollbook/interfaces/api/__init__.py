"""The API under /api/v1: the register and its operations as data, for systems that hold a token."""
