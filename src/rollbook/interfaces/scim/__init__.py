"""SCIM 2.0 under /scim/v2 (RFC 7643, 7644): identity providers keep learners up to date. docs/scim.md says how."""
