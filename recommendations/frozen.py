"""What a recommendation was born with, as rules gave it: out of the JSON that it is kept as. Pure."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from .findings import Better, Expected, Figure, Plan, Range, Score
from .models import Recommendation


def range_of(kept: Mapping[str, Any] | None) -> Range | None:
    return Range(**kept) if kept else None


def evidence_of(recommendation: Recommendation) -> tuple[Figure, ...]:
    return tuple(
        Figure(**row | {name: date.fromisoformat(row[name]) for name in ("start", "end")})
        for row in recommendation.evidence
    )


def expected_of(recommendation: Recommendation) -> Expected:
    kept = recommendation.expected
    return Expected(**kept | {name: Range(**kept[name]) for name in ("after", "money")})


def plan_of(recommendation: Recommendation) -> Plan:
    kept = recommendation.plan
    return Plan(**kept | {"better": Better(kept["better"])})


def score_of(recommendation: Recommendation) -> Score:
    return Score(recommendation.base, recommendation.adequacy, recommendation.stability)
