"""What was wrong in a demo some weeks ago and was mended since: something to have been found, and to be measured."""

from datetime import date, timedelta

from .blueprints import BLUEPRINTS, FAILING
from .plan import Change
from .world import Size

MENDED, FAULT = "weekend-deals", 0.5  # such a share of those who would have opened did, until it was mended
EXCESS = 1.8  # so many times as much the failing one cost until then; it fails still
MENDED_AGO = timedelta(days=42)
SEEN = timedelta(days=28)  # before that it must have gone on, or nobody would have noticed


def mended(size: Size, until: date) -> tuple[Change, ...]:
    """The faults from the first day on, and their end, `MENDED_AGO` before the last; none where a demo is too small."""
    first = until - timedelta(days=size.days - 1)
    place = next(place for place, one in enumerate(BLUEPRINTS) if one.slug == MENDED)
    if size.campaigns <= place or until - MENDED_AGO - SEEN < first:
        return ()
    faults = (Change(MENDED, first, open=FAULT), Change(FAILING, first, cost=EXCESS))
    return *faults, *(Change(one.slug, until - MENDED_AGO) for one in faults)
