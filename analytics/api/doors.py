"""What the doors of the API share: exact JSON of bounded size, lists of items, and a verdict for each item."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.idempotency import IdempotentView

from ..ingest import Verdicts
from ..ingest.in_clear import WAY_OUT, names_somebody
from ..ingest.values import LONGEST_NUMBER, Rejection
from ..ingest.verdicts import CREATED
from ..scope import echo
from .problems import FieldError, Problem, bad_request, sendable
from .schemas import ProblemDetails

MOST_ITEMS = 1_000
MOST_TOLD = 20  # unknown fields that are named
LARGEST_BODY = 10 * 1024 * 1024


def _number(text: str) -> Decimal:
    """A number exactly as it was written; what is no number becomes NaN, which every field rejects with its reason."""
    try:
        return Decimal(text) if len(text) <= LONGEST_NUMBER else Decimal("NaN")
    except InvalidOperation:
        return Decimal("NaN")


class ExactJSONParser(BaseParser):
    """JSON with numbers as Decimal, so that money arrives as it was sent; at most `LARGEST_BODY` bytes are read."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        packed = (parser_context or {})["request"].headers.get("Content-Encoding", "").strip().lower()
        if packed not in ("", "identity"):
            raise Problem(415, "The body is packed", "gzip and the like are not taken here; send the body as it is.")
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise Problem(
                413, "The body is too large", f"Send at most {LARGEST_BODY:,} bytes at once, in several requests."
            )
        return exact(body)


def exact(body: bytes) -> Any:
    """JSON with numbers as Decimal. Raises `Problem`."""
    try:
        return json.loads(body, parse_float=_number, parse_int=_number, parse_constant=_number)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "The body is not JSON", f"It cannot be read as UTF-8 JSON: {_where(error)}.") from None


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else "its bytes are not UTF-8"


class Door(IdempotentView):
    """A view that takes a body."""

    parser_classes = [ExactJSONParser]


class Body(serializers.Serializer[Any]):
    # What a call takes, and nothing else, which its description says, too (`refusals.describe`). No docstring: it would
    # stand in the description of every body.
    pass


class Nothing(Body):
    """No field; the body may be left out."""


def checked(serializer: type[Body], request: Request) -> dict[str, Any]:
    """The fields of a body. Raises `Problem` for those that there are not, for what would be overlooked might have been
    meant; and `ValidationError`, which names each that cannot be taken.
    """
    known = serializer().fields
    unknown = [name for name in request.data if name not in known] if isinstance(request.data, Mapping) else []
    if unknown:
        way_out = f"known are {', '.join(known)}" if known else "this call takes none"
        errors = [
            FieldError(sendable(echo(name)), f"There is no such field; {way_out}.") for name in unknown[:MOST_TOLD]
        ]
        raise bad_request("Unknown fields", f"Leave out what is not known: {way_out}.", errors)
    given = serializer(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def items_of(body: object, name: str, *, single: bool = False) -> list[Any]:
    """The items of a body: a list, `{name: [...]}` or, where `single`, one object. Raises `Problem`."""
    items = body.get(name) if isinstance(body, dict) else body
    if single and items is None and isinstance(body, dict):
        items = [body]
    if not isinstance(items, list):
        raise Problem(400, "No list of items", f'Send a list, or an object such as {{"{name}": [...]}}.')
    if not items:
        raise Problem(400, "Nothing to take in", f"The list of {name} is empty; send at least one item.")
    if len(items) > MOST_ITEMS:
        raise Problem(
            413, "Too many items", f"{len(items):,} {name} came at once; send at most {MOST_ITEMS:,} per request."
        )
    return items


def named_source(body: object, default: str) -> str:
    """The optional `source` beside the items. Raises `Problem`."""
    source = body.get("source") if isinstance(body, dict) else None
    if source is None:
        return default
    if not isinstance(source, str) or not source.strip() or len(source) > 100 or not source.isprintable():
        raise Problem(400, "The source is not a name", "source: send 1 to 100 printable characters, or leave it out.")
    if names_somebody(source):
        raise Problem(400, "The source is not a name", f"source: {WAY_OUT}.")
    return source.strip()


def answer(verdicts: Verdicts, status: Callable[[Verdicts], int], **extra: Any) -> Response:
    """The verdicts as JSON; when nothing was accepted, as a problem that bears them."""
    body = {
        "accepted": verdicts.accepted,
        "rejected": verdicts.rejected,
        "results": [_result(index, result) for index, result in enumerate(verdicts.results)],
        **({"suppressed": verdicts.suppressed} if verdicts.suppressed else {}),
        **extra,
    }
    if verdicts.accepted or verdicts.suppressed:
        return Response(body, status(verdicts))
    raise Problem(400, "Nothing was accepted", "Each result names the field and the reason.", **body)


def created_or_ok(verdicts: Verdicts) -> int:
    """201 when something is new, 200 when it only changed or stayed."""
    return 201 if verdicts.count(CREATED) else 200


def _result(index: int, result: str | Rejection) -> dict[str, Any]:
    if isinstance(result, Rejection):
        return {"index": index, "status": "rejected", "field": result.field, "reason": result.reason}
    return {"index": index, "status": result}


class ResultSerializer(serializers.Serializer[Any]):
    """The verdict on one item."""

    index = serializers.IntegerField(help_text="Place of the item in the request, from 0.")
    status = serializers.CharField(help_text="accepted, created, updated, unchanged, replaced, suppressed or rejected.")
    field = serializers.CharField(required=False, help_text="The field that was rejected.")
    reason = serializers.CharField(required=False, help_text="Why, and what to do.")


class VerdictsSerializer(serializers.Serializer[Any]):
    """The verdicts on all items."""

    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    suppressed = serializers.IntegerField(required=False, help_text="Events of people who were erased: dropped.")
    results = ResultSerializer(many=True)
    warnings = serializers.ListField(child=serializers.CharField(), required=False)


PROBLEMS: dict[tuple[int, str], OpenApiResponse] = {
    (status, "application/problem+json"): OpenApiResponse(ProblemDetails, description)
    for status, description in (
        (400, "Not JSON, not a list, or no item was accepted"),
        (401, "No key, or one that is unknown, revoked or expired"),
        (403, "The key lacks the scope, or the user the permission"),
        (413, "Too many items or bytes"),
        (415, "Another content type than application/json"),
        (
            503,
            "The database cannot be reached or took too long; nothing was taken in, Retry-After says when to come back",
        ),
        (507, "The database's disk is full; nothing was taken in, send it again once there is space"),
    )
}
RESPONSES: dict[Any, Any] = {200: VerdictsSerializer, 201: VerdictsSerializer, **PROBLEMS}
