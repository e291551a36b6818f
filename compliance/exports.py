"""How many files were handed out, by what they hold."""

from prometheus_client import Counter

CAMPAIGNS, REVIEW, COPY, REJECTED = KINDS = ("campaigns", "review", "copy", "rejected")
EXPORTS = Counter("marketing_exports", "Files that were handed out.", ["kind"])
for kind in KINDS:
    EXPORTS.labels(kind)


def count(kind: str) -> None:
    EXPORTS.labels(kind).inc()
