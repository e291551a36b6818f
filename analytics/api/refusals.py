"""What any call of the API may be answered, whatever it asks, and what none takes; in the OpenAPI description."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS

from .doors import Body
from .problems import MEDIA_TYPE

WHY = {
    "401": "Nobody known asks: the key is missing, unknown, revoked or expired, and `detail` says which.",
    "403": "Whoever asks may not.",
    "405": "This address knows other methods; the header Allow has them.",
    "406": "The header Accept takes no JSON.",
    "413": "The body is too large.",
    "415": "What is sent is of a kind that is not read; calls without a body never get this.",
    "429": "Too many calls within a minute.",
    "503": "The database cannot be reached, or takes too long.",
    "507": "The disk of the database is full.",
}
ASKING = {"401", "403"}
OF_BODIES = {"413"}
WAITING = {"429", "503"}
RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds to wait"}}


def describe(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """A hook of drf-spectacular: adds `WHY` to every operation; nothing of who asks where nobody is asked for, and of
    bodies where none is sent. And it says of each `Body` that it takes no other fields.
    """
    for methods in result["paths"].values():
        for method, operation in methods.items():
            without = ASKING if not any(operation.get("security", [{}])) else set()
            without = without | (OF_BODIES if method.upper() in SAFE_METHODS else set())
            for status in WHY:
                if status not in without:
                    operation["responses"].setdefault(status, _refusal(status))
            operation["responses"] = dict(sorted(operation["responses"].items()))
    for body in Body.__subclasses__():
        if schema := result["components"]["schemas"].get(body.__name__.removesuffix("Serializer")):
            schema["additionalProperties"] = False
    return result


def _refusal(status: str) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
    headers = {"headers": RETRY_AFTER} if status in WAITING else {}
    return {"description": WHY[status], **headers, "content": content}
