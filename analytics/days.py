"""Days as people and programs write them."""

import re
from datetime import date

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)  # date.fromisoformat reads 20261101 and 2026-W45-1, too


def read_day(text: str) -> date:
    """A day written as 2026-10-01; raises ValueError for anything else."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)
