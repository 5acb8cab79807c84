"""How requests may end, for the OpenAPI document."""

from rollbook.interfaces.api.problems import Problem

READ = {frozenset({401, 403, 404, 422, 429}): Problem}
WRITE = {frozenset({400, 401, 403, 404, 409, 412, 413, 422, 429}): Problem}
