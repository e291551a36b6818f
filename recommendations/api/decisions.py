"""`POST /api/v1/recommendations/{id}/…`: each decision is made once; sent again it gets the first answer."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.utils import timezone
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.api.doors import Body, Door, Nothing, checked
from analytics.api.problems import FieldError, Problem, bad_request
from analytics.api.schemas import answers
from analytics.asker import allowed_of
from compliance.acting import actor_of
from compliance.api_keys import scope_required

from .. import decisions, queries, steps
from ..decisions import CannotDecide, Changed, Decided, NoRecommendation
from ..models import Recommendation
from . import shapes
from .recommendations import answer, no_such
from .schemas import REFUSALS, Dismissal, Implementation, RecommendationAnswer, Snooze

IF_MATCH = "If-Match"
VERSION = OpenApiParameter(
    IF_MATCH, str, OpenApiParameter.HEADER, description="The ETag it was decided upon; 412 if it is another by now."
)
Fields = type[Body]


class DecisionView(Door):
    """Sent again by the same person, or key, it gets the first answer; anything else, other fields of the same decision
    too, is told what was decided.
    """

    permission_classes = [scope_required("recommendations:write", "recommendations.change_recommendation")]

    def decide(self, act: Callable[..., Recommendation], takes: Fields, pk: int) -> Response:
        """The recommendation as it is once it is decided. Raises `Problem`."""
        by, version = actor_of(self.request), _expected(self.request)
        given = checked(takes, self.request)
        try:
            act(pk, by, timezone.now(), expected_version=version, **given)
            return answer(queries.find(pk), allowed_of(self.request))
        except NoRecommendation as error:
            raise no_such(error) from None
        except Decided as error:
            raise _decided(error) from None
        except Changed as error:
            now = _now(error.recommendation)
            raise Problem(HTTPStatus.PRECONDITION_FAILED, "It was changed meanwhile", str(error), **now) from None
        except CannotDecide as error:
            wrong = FieldError(error.field, error.reason)
            raise bad_request("This cannot be decided", error.reason, [wrong]) from None


def _operation(name: str, summary: str, takes: Fields) -> Any:
    return extend_schema(
        operation_id=f"recommendation_{name}",
        summary=summary,
        parameters=[VERSION],
        request=None if takes is Nothing else takes,
        responses=answers(RecommendationAnswer) | REFUSALS,
        tags=["recommendations"],
    )


class AcceptView(DecisionView):
    @_operation(steps.ACCEPT, "Accept it: it will be done", Nothing)
    def post(self, request: Request, pk: int) -> Response:
        return self.decide(decisions.accept, Nothing, pk)


class DismissView(DecisionView):
    @_operation(steps.DISMISS, "Dismiss it, with the reason", Dismissal)
    def post(self, request: Request, pk: int) -> Response:
        return self.decide(decisions.dismiss, Dismissal, pk)


class SnoozeView(DecisionView):
    @_operation(steps.SNOOZE, "Put it off", Snooze)
    def post(self, request: Request, pk: int) -> Response:
        return self.decide(decisions.snooze, Snooze, pk)


class ImplementView(DecisionView):
    @_operation(steps.IMPLEMENT, "Mark an accepted one as done, which is measured from then on", Implementation)
    def post(self, request: Request, pk: int) -> Response:
        return self.decide(decisions.implement, Implementation, pk)


class UndoView(DecisionView):
    @_operation(steps.UNDO, "Take one's own decision back, within ten seconds", Nothing)
    def post(self, request: Request, pk: int) -> Response:
        return self.decide(decisions.undo, Nothing, pk)


def _expected(request: Request) -> int | None:
    """The version that `If-Match` names, None for any. Raises `Problem`."""
    tags = parse_etags(request.headers.get(IF_MATCH, "*"))
    if tags == ["*"]:
        return None
    version = tags[0].strip('"') if len(tags) == 1 else ""
    if not (version.isascii() and version.isdecimal() and len(version) < 10):
        reason = 'Send the ETag of the recommendation, such as "1", or leave the header out.'
        raise bad_request("This is no version", reason, [FieldError(IF_MATCH, reason)])
    return int(version)


def _decided(error: Decided) -> Problem:
    decided = shapes.decision(error.decision) if error.decision else None
    now = _now(error.recommendation)
    title = "It was decided already" if decided else "This cannot be decided"
    return Problem(HTTPStatus.CONFLICT, title, str(error), decided=decided, **now)


def _now(row: Recommendation) -> dict[str, Any]:
    return {"state": row.state, "version": row.version}
