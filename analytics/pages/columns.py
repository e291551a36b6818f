"""The columns that a ranking offers: every metric of the catalogue, in groups as they are shown."""

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Delivery", ("sends", "delivered", "delivery_rate", "bounces", "bounce_rate")),
    (
        "Engagement",
        (
            "opens",
            "unique_opens",
            "open_rate",
            "clicks",
            "unique_clicks",
            "click_rate",
            "click_to_open_rate",
            "impressions",
        ),
    ),
    ("Conversion", ("conversions", "converters", "conversion_rate", "click_conversion_rate", "platform_conversions")),
    (
        "Revenue",
        (
            "revenue",
            "attributed_revenue",
            "unattributed_revenue",
            "refunds",
            "net_revenue",
            "aov",
            "revenue_per_recipient",
        ),
    ),
    ("Spend and return", ("cost", "roas", "roi", "cpa", "cpc", "cpm")),
    (
        "Losses and machines",
        (
            "unsubscribes",
            "unsubscribe_rate",
            "complaints",
            "complaint_rate",
            "machine_opens",
            "machine_clicks",
        ),
    ),
)
COLUMNS: tuple[str, ...] = tuple(name for _, names in GROUPS for name in names)
DEFAULT_COLUMNS: tuple[str, ...] = (
    "sends",
    "open_rate",
    "click_rate",
    "conversion_rate",
    "net_revenue",
    "cost",
    "roi",
)
