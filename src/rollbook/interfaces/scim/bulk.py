"""Several changes in one request (RFC 7644, section 3.7): one after the other, each done whole or not at all."""

from collections.abc import Callable, Mapping
from typing import Any

from scim2_models import InvalidSyntaxException, InvalidValueException, PayloadTooLargeException

from rollbook.interfaces.scim import problems
from rollbook.interfaces.scim.asked import Asked, Reply
from rollbook.interfaces.scim.discovery import BULK_OPERATIONS

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
Answer = Callable[[Asked], Reply]


def bulk(asked: Asked, answer: Answer) -> Reply:
    """Carry the operations out, up to the number of failures that the client bears; `answer` does one."""
    body = asked.body if isinstance(asked.body, dict) else {}
    named = {key.lower(): value for key, value in body.items()}
    operations, bears = named.get("operations"), named.get("failonerrors")
    if not isinstance(operations, list) or not all(isinstance(each, dict) for each in operations):
        raise InvalidSyntaxException(detail="Operations is a list of objects.")
    if len(operations) > BULK_OPERATIONS:
        raise PayloadTooLargeException(
            detail=f"{BULK_OPERATIONS} operations are the most. Send several requests."
        )
    if bears is not None and (not isinstance(bears, int) or bears < 1):
        raise InvalidValueException(detail="failOnErrors is a number of at least 1.")
    results: list[dict[str, Any]] = []
    made: dict[str, str] = {}
    failed = 0
    for operation in operations:
        result = _one(asked, {key.lower(): value for key, value in operation.items()}, made, answer)
        results.append(result)
        failed += int(result["status"]) >= 400
        if bears is not None and failed >= bears:
            break
    schema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
    return Reply(200, {"schemas": [schema], "Operations": results})


def _one(asked: Asked, operation: Mapping[str, Any], made: dict[str, str], answer: Answer) -> dict[str, Any]:
    method, path, bulk_id = (str(operation.get(name) or "") for name in ("method", "path", "bulkid"))
    method = method.upper()
    result: dict[str, Any] = {"method": method, **({"bulkId": bulk_id} if bulk_id else {})}
    if method not in WRITES or not path.startswith(("/Users", "/Groups")) or "/." in path:
        told = problems.error(
            400, "A bulk operation is a POST, PUT, PATCH or DELETE of /Users or /Groups.", "invalidValue"
        )
        return result | {"status": "400", "response": problems.body_of(told)}
    if method == "POST" and not bulk_id:
        told = problems.error(400, "A POST in a bulk request has a bulkId.", "invalidValue")
        return result | {"status": "400", "response": problems.body_of(told)}
    reply = answer(
        Asked(
            asked.acting,
            method,
            _with_ids(path, made),
            body=_with_ids(operation.get("data"), made),
            version=str(operation.get("version") or ""),
        )
    )
    if reply.status >= 400:
        return result | {"status": str(reply.status), "response": reply.body}
    if bulk_id and reply.body:
        made[bulk_id] = reply.body["id"]
    if reply.location:
        result["location"] = reply.location
    if reply.version:
        result["version"] = reply.version
    return result | {"status": str(reply.status)}


def _with_ids(data: Any, made: Mapping[str, str]) -> Any:
    """Return the data with the ids of what earlier operations have made in place of `bulkId:...`."""
    if isinstance(data, dict):
        return {key: _with_ids(value, made) for key, value in data.items()}
    if isinstance(data, list):
        return [_with_ids(value, made) for value in data]
    if isinstance(data, str) and "bulkId:" in data:
        for bulk_id, pk in made.items():
            if data == f"bulkId:{bulk_id}" or data.endswith(f"/bulkId:{bulk_id}"):
                return data.replace(f"bulkId:{bulk_id}", pk)
    return data
