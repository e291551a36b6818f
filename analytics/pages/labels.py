"""What pages call a metric where the catalogue's name is too long. Pure."""

from ..catalogue import BY_NAME

LABELS: dict[str, str] = {"cost": "Spend"}


def label_of(metric: str) -> str:
    """What a page calls a metric."""
    return LABELS.get(metric, BY_NAME[metric].label)
