import json
from datetime import datetime

from .cache import LISTS, Question, answer
from .running import rows


def tags(limit: int, *, now: datetime) -> tuple[str, ...]:
    """The tags of most campaigns, at most so many; kept, for every page of a ranking offers them."""
    return tuple(json.loads(answer(Question("tags", (limit,), LISTS), lambda: _found(limit), now=now).text))


def _found(limit: int) -> str:
    return json.dumps([row["tag"] for row in rows("tags", {"limit": limit})])
