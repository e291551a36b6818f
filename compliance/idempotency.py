"""`Idempotency-Key`: an unsafe call of the API that is sent again has one effect and one answer.

The key's row is inserted first, and effect and answer are kept in the same transaction: so whoever sends the same
meanwhile waits for that row, and gets the answer with it. What failed on our side is rolled back, row and all, and the
next try begins anew. An answer holds for as long as it is kept, refusals too: to try something else, send another key.
Where it shows figures it goes to nobody who has been denied a metric since.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from . import crypto
from .acting import actor_of
from .models import KeptAnswer
from .roles import denied_metrics

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LONGEST_KEY = 255
KEPT = timedelta(hours=24)
CLAIM = """
-- One row is the key's, ours if it has no answer yet; whoever comes while another's is open waits for its end here.
INSERT INTO kept_answer (id, fingerprint, at) VALUES (%(id)s, %(fingerprint)s, %(at)s)
ON CONFLICT (id) DO UPDATE SET id = kept_answer.id
RETURNING fingerprint, answer
"""
PARAMETER = {
    "in": "header",
    "name": HEADER,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "The same key with the same request gets the first answer again, for at least 24 hours, and has one "
    "effect. Where people are shown nothing is kept: each call is another look.",
}
REFUSAL = {
    "description": "The key came with another request before.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
}

Handler = Callable[..., Response]


class KeyReused(Exception):
    """The key came with another request before."""


class AnswerWithheld(Exception):
    """The answer that is kept may show a metric that has been denied to whoever asks since."""


class IdempotentView(APIView):
    """Every view of the API with an unsafe method is one of these; without the header nothing is different."""

    keeps_answers = True  # False where an answer shows people, which has to be granted and logged each time
    # False where none do: what is kept is given again whatever is denied since, and nobody looks up what is denied
    shows_figures = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Once it is clear who asks, and that they may, the handler is put behind the key."""
        super().initial(request, *args, **kwargs)
        if request.method in SAFE_METHODS or HEADER not in request.headers:
            return
        key, name = _key(request), str(request.method).lower()
        handler = getattr(self, name, None)
        if handler and self.keeps_answers:
            setattr(self, name, partial(self._once, handler, key))

    def _once(self, handler: Handler, key: str, request: Request, *args: Any, **kwargs: Any) -> Response:
        place, fingerprint = _id(request, key), _fingerprint(request)  # a body that cannot be read claims nothing
        with transaction.atomic():
            asked, kept = _claim(place, fingerprint, timezone.now())
            if asked != fingerprint:
                raise KeyReused
            denied = denied_metrics(request) if self.shows_figures else frozenset()
            if kept:
                return _read(kept, denied)
            try:
                response = handler(request, *args, **kwargs)
            except Exception as error:  # noqa: BLE001  the view's own way to answer it
                response = self.handle_exception(error)
            if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                KeptAnswer.objects.filter(pk=place).update(answer=_written(response, denied))
            else:
                transaction.set_rollback(True)
        return response


def once(
    who: str, key: str, asked: bytes, at: datetime, act: Callable[[], Any], kept: timedelta = KEPT
) -> tuple[Any, bool]:
    """What `act` gives, JSON, and whether it was done before: whoever comes with that key again within `kept` gets what
    it gave, and has no effect.

    For calls that show no header of ours, such as those of other systems. Raises `KeyReused`, before anything is done,
    where the key came with something else than `asked` before.
    """
    place, fingerprint = (_hash_of(text, b"caller, key") for text in (f"{who} {key}".encode(), asked))
    with transaction.atomic():
        before, answer = _claim(place, fingerprint, at + kept - KEPT)  # `cut` counts from there
        if before != fingerprint:
            raise KeyReused
        if answer:
            return json.loads(crypto.decrypt(answer)), True
        found = act()
        KeptAnswer.objects.filter(pk=place).update(answer=crypto.encrypt(json.dumps(found).encode()))
        return found, False


def cut(at: datetime) -> int:
    """Delete what was kept longer than KEPT at `at`; how many."""
    return KeptAnswer.objects.filter(at__lt=at - KEPT).delete()[0]


def _key(request: Request) -> str:
    key = request.headers[HEADER].strip()
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise ValidationError({HEADER: [f"Send 1 to {LONGEST_KEY} printable ASCII characters, such as a UUID."]})
    return key


def _id(request: Request, key: str) -> bytes:
    """The same key of two askers is two keys."""
    by = actor_of(request)
    return _hash(f"{by.key_prefix or by.user_id} {key}", b"asker, key")


def _fingerprint(request: Request) -> bytes:
    """Of what is asked: how the body is spaced and in what order its fields stand is no matter."""
    body = json.dumps(request.data, sort_keys=True, default=repr)
    return _hash(f"{request.method} {request.get_full_path()} {request.headers.get('If-Match', '')} {body}", b"request")


def _hash(text: str, person: bytes) -> bytes:
    return _hash_of(text.encode(), person)


def _hash_of(text: bytes, person: bytes) -> bytes:
    return blake2b(text, digest_size=16, key=crypto.hash_key(), person=person).digest()


def _claim(place: bytes, fingerprint: bytes, at: datetime) -> tuple[bytes, bytes | None]:
    """What the key stands for, and the answer to that, None where it is ours to give."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"id": place, "fingerprint": fingerprint, "at": at})
        asked, answer = cursor.fetchone()
    return bytes(asked), None if answer is None else bytes(answer)


def _written(response: Response, denied: frozenset[str]) -> bytes:
    """With the metrics that it does not show."""
    headers = {name: text for name, text in response.headers.items() if name != "Content-Type"}
    data = JSONRenderer().render(response.data).decode()
    kept = {"status": response.status_code, "type": response.content_type, "headers": headers, "data": data}
    return crypto.encrypt(json.dumps(kept | {"denied": sorted(denied)}).encode())


def _read(answer: bytes, denied: frozenset[str]) -> Response:
    """Raises `AnswerWithheld` where it may show one of these metrics."""
    kept = json.loads(crypto.decrypt(answer))
    if denied - set(kept.get("denied", ())):
        raise AnswerWithheld
    data = json.loads(kept["data"]) if kept["data"] else None
    headers = kept["headers"] | {REPLAYED: "true"}
    return Response(data, kept["status"], headers=headers, content_type=kept["type"])


def describe(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Add the header and its refusal to every unsafe operation of the OpenAPI description."""
    for methods in result["paths"].values():
        for method, operation in methods.items():
            if method.upper() not in SAFE_METHODS:
                operation["parameters"] = [*operation.get("parameters", []), PARAMETER]
                operation["responses"]["422"] = REFUSAL
    return result
