from .running import rows


def tags(limit: int) -> tuple[str, ...]:
    """The tags of most campaigns, at most so many."""
    return tuple(row["tag"] for row in rows("tags", {"limit": limit}))
