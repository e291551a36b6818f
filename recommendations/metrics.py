"""What figures of findings are called: metrics of the catalogue, and those that are counted by people's history. Pure.

The latter are no sums of days, so the catalogue cannot compute them; `pages.matched` counts them for a receipt.
"""

from analytics.catalogue import BY_NAME as CATALOGUE
from analytics.catalogue import Better, Metric, Unit
from analytics.pages import labels

MATCHING = (
    "Messages are compared within strata in which both kinds are; in each a message weighs the share of the other kind "
    "(Mantel and Haenszel), so that neither what was sent nor who got it differs between the two figures."
)
OF_PEOPLE: tuple[Metric, ...] = (
    Metric(
        "matched_click_rate", "Click rate, matched", Unit.RATIO, Better.UP, MATCHING,
        "sum of weights of clicked ÷ sum of weights", ("clicks",), "matched_messages", percent=True,
    ),
    Metric(
        "matched_unsubscribe_rate", "Unsubscribe rate, matched", Unit.RATIO, Better.DOWN, MATCHING,
        "sum of weights of unsubscribed ÷ sum of weights", ("unsubscribes",), "matched_messages", percent=True,
    ),
    Metric(
        "messages_per_person", "Messages per person", Unit.RATIO, Better.NEUTRAL,
        "How many messages of all campaigns of the channel each of the campaign's people got in 28 days.",
        "messages ÷ people", ("messages",), "people",
    ),
    Metric(
        "crowded_share", "People who get many", Unit.RATIO, Better.DOWN,
        "Which share of the campaign's people got more messages of the channel in 28 days than the line.",
        "people above the line ÷ people", ("people_above",), "people", percent=True,
    ),
)  # fmt: skip
# Who may not see the metrics of the catalogue that they tell of may not see them either.
TELLS_OF: dict[str, str] = {
    "matched_click_rate": "click_rate",
    "matched_unsubscribe_rate": "unsubscribe_rate",
    "messages_per_person": "delivered",
    "crowded_share": "delivered",
}
BY_NAME: dict[str, Metric] = CATALOGUE | {metric.name: metric for metric in OF_PEOPLE}


def label_of(metric: str) -> str:
    """What a page calls a metric."""
    return labels.label_of(metric) if metric in CATALOGUE else BY_NAME[metric].label
