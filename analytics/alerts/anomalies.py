"""Which sums of hours are out of their usual range. Pure."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .finding import Finding
from .rules import ANOMALY
from .watched import HOUR, LINE, SPANS, WATCHED, Watched
from .window import Judged, Window, judge

Lines = Mapping[str, float]  # by watched metric, the line of those that are not muted


def anomalies(
    window: Window,
    places: Sequence[int],
    lines: Lines | None = None,
    watched: Sequence[Watched] = WATCHED,
    spans: Sequence[int] = SPANS,
) -> list[list[Finding]]:
    """What is unusual in each of the hours at `places`; of each metric, scope and side by the shortest span."""
    found: list[list[Finding]] = [[] for _ in places]
    before = window.before(places)
    for one in watched:
        line = LINE if lines is None else lines.get(one.metric)
        if line is not None:
            for place, findings in enumerate(_of_metric(window, one, places, before, line, spans)):
                found[place] += findings
    return found


def _of_metric(
    window: Window, watched: Watched, places: Sequence[int], before: NDArray[np.int_], line: float, spans: Sequence[int]
) -> list[list[Finding]]:
    judged: list[Judged] = []
    told = {over: np.zeros((len(window.scopes), len(places)), dtype=bool) for over in (True, False)}
    found: list[list[Finding]] = [[] for _ in places]
    for span in spans:
        now = judge(window, watched, span, places, before, line)
        over_again = _over_again(now, judged)
        for over in (True, False):
            new = (now.over if over else now.under) & ~told[over] & ~over_again
            told[over] |= new
            for scope, place in zip(*np.nonzero(new), strict=True):
                found[place].append(_finding(window, watched, now, scope, place, places[place], over))
        judged.append(now)
    return found


def _over_again(now: Judged, shorter: Sequence[Judged]) -> NDArray[np.bool_]:
    """Where the last hours of a span are as usual, and would not be had they been like the hours before them."""
    found = np.zeros(now.value.shape, dtype=bool)
    for last in shorter:
        usual = now.range.usual - last.range.usual
        share = (now.value - last.value) / np.where(usual > 0, usual, np.nan)
        found |= last.would_tell(share)
    return found


def _finding(
    window: Window, watched: Watched, judged: Judged, scope: int, column: int, place: int, over: bool
) -> Finding:
    usual, low, high = (
        float(each[scope, column]) for each in (judged.range.usual, judged.range.low, judged.range.high)
    )
    until = window.begins(place) + HOUR
    return Finding(
        rule=ANOMALY,
        metric=watched.metric,
        over=over,
        value=float(judged.value[scope, column]),
        since=until - judged.span * HOUR,
        until=until,
        channel=window.scopes[scope],
        usual=usual,
        low=max(low, 0.0),
        high=high,
    )
