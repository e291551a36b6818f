"""`POST /v1/batch`, `/v1/track` and the like, at the root, where clients expect them, answered as they understand."""

import gzip
import zlib
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from typing import IO, Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.api_keys import ApiKeyAuthentication, WriteKeyAuthentication, scope_required
from compliance.idempotency import IdempotentView

from ..api.doors import exact
from ..api.problems import FieldError, Problem, bad_request
from ..api.schemas import answers
from ..ingest.values import Refused, moment
from .messages import CALLS
from .recording import record

LARGEST_BODY = 500 * 1024  # bytes, once unpacked
ENCODINGS = "Of Content-Encoding gzip is taken, and no other; send the body so, or plain and without this header."


class PackedJSONParser(BaseParser):
    """JSON, packed with gzip where a header says so."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        request = (parser_context or {})["request"]
        body = stream.read(LARGEST_BODY + 1)
        encoding = request.headers.get("Content-Encoding", "").lower()
        if is_packed := "gzip" in encoding:
            body = _unpacked(body)
        if len(body) > LARGEST_BODY:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "The body is too large",
                f"Send at most {LARGEST_BODY:,} bytes at once, unpacked, in several requests.",
            )
        try:
            return exact(body)
        except Problem:
            if encoding and not is_packed:  # only now, for some clients name one and use none
                raise Problem(
                    HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is packed in another way", ENCODINGS
                ) from None
            raise


class PlainJSONParser(PackedJSONParser):
    """The same as browsers send it, which ask nobody's leave for text."""

    media_type = "text/plain"


def _unpacked(body: bytes) -> bytes:
    """No more of it than is taken, and one byte."""
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as packed:
            return packed.read(LARGEST_BODY + 1)
    except (OSError, EOFError, zlib.error):
        raise Problem(HTTPStatus.BAD_REQUEST, "The body is not gzip", "Content-Encoding says it were.") from None


def said(status: int, detail: str) -> dict[str, Any]:
    """What clients of Segment look for in a problem."""
    return {"success": False, "code": str(int(status)), "message": detail}


class Success(serializers.Serializer[Any]):
    """What clients look for."""

    success = serializers.BooleanField()


class SegmentView(IdempotentView):
    """One kind of call, or a batch of any. A message that cannot be taken is refused where it came alone; of a batch it
    is kept with its reason, for a client would drop all that came with it.
    """

    kind = ""
    shows_figures = False
    authentication_classes = [WriteKeyAuthentication, ApiKeyAuthentication, SessionAuthentication]
    permission_classes = [scope_required("events:write", "analytics.add_event")]
    parser_classes = [PackedJSONParser, PlainJSONParser]
    largest_body = LARGEST_BODY

    def post(self, request: Request) -> Response:
        now = timezone.now()
        messages = [_alone(request.data, self.kind)] if self.kind else _batch_of(request.data)
        try:
            taken = record(messages, kind=self.kind, sent_at=_sent_at(request.data), at=now)
        except RecursionError:  # it could just be read, and cannot be written down
            deep = FieldError("message", "is nested too deeply; send one whose objects are nested less")
            raise bad_request("The message cannot be taken", deep.reason, [deep]) from None
        if self.kind and taken.rejected:
            refused = taken.rejected[0].rejection
            error = FieldError(refused.field or "message", refused.reason)
            raise bad_request("The message cannot be taken", refused.reason, [error])
        return Response({"success": True})

    def handle_exception(self, exc: Exception) -> Response:
        """Problems that clients can read, too: those of Segment look for a code and a message."""
        response = super().handle_exception(exc)
        if isinstance(response.data, dict):
            response.data = said(response.status_code, response.data.get("detail", "")) | response.data
        return response


def _batch_of(body: object) -> list[Any]:
    batch = body.get("batch") if isinstance(body, Mapping) else None
    if not isinstance(batch, list):
        raise bad_request("No batch", 'Send {"batch": [...]}.', [FieldError("batch", "is no list; send one")])
    return batch


def _alone(body: object, kind: str) -> object:
    """A message as in a batch: one that came alone may bear the key, which is not kept, and no type, by which it is
    tried again.
    """
    if not isinstance(body, Mapping):
        return body
    return {name: value for name, value in body.items() if name != "writeKey"} | {"type": kind}


def _sent_at(body: object) -> datetime | None:
    """By the client's clock; one that cannot be read corrects nothing."""
    try:
        return moment(body, "sentAt") if isinstance(body, Mapping) else None
    except Refused:
        return None


def _view(kind: str) -> type[SegmentView]:
    """The view of a call, described as what it is."""
    name = kind or "batch"
    summary = "Send messages as Segment's clients do" if not kind else f"Send one {kind} call as Segment's clients do"
    described = extend_schema(
        operation_id=f"segment_{name}",
        summary=summary,
        request=OpenApiTypes.OBJECT,
        responses=answers(Success),
        tags=["Segment"],
    )

    def post(self: SegmentView, request: Request) -> Response:
        return SegmentView.post(self, request)

    return type(f"{name.title()}View", (SegmentView,), {"kind": kind, "post": described(post)})


urlpatterns = [path(kind or "batch", _view(kind).as_view(), name=f"segment-{kind or 'batch'}") for kind in ("", *CALLS)]
