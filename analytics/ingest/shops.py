"""Exports of orders: whose a header is of, which column is which field, and what a status says of an order. Pure.

Sources: Shopify by headers met in import code (one row for each line item, all but the first without total and
status). WooCommerce by the documentation of its order exports and by headers of "Advanced Order Export". Stripe by
headers of its payments export, old (`Created (UTC)`) and new (`Created date (UTC)`).
"""

from collections.abc import Sequence

from .headers import Found, Names, Platform, first_of, plain

ORDER, REFUND = "converted", "refunded"  # what a row may be
NEEDED = frozenset(("order", "occurred_at", "contact", "amount"))  # columns that make a file one of orders
SHOPIFY = "shopify"
_CAMPAIGN = (
    "utm_campaign",
    "utmcampaign",
    "utm_campaign(metadata)",
    "_wc_order_attribution_utm_campaign",
    "meta:_wc_order_attribution_utm_campaign",
    "meta._wc_order_attribution_utm_campaign",
)


def _shop(name: str, label: str, signs: str, **names: str) -> Platform:
    known: Names = {field: tuple(some.split()) for field, some in names.items()}
    return Platform(name, label, "", {**known, "campaign": _CAMPAIGN}, frozenset(signs.split()))


SHOPS: tuple[Platform, ...] = (
    _shop(
        SHOPIFY, "Shopify", "financialstatus fulfillmentstatus lineitemname lineitemquantity",
        order="name", occurred_at="createdat paidat", contact="email", amount="total", currency="currency",
        status="financialstatus", refunded="refundedamount",
    ),
    _shop(
        "stripe", "Stripe", "created(utc) createddate(utc) amountrefunded",
        order="id", occurred_at="created(utc) createddate(utc)", contact="customeremail customerid", amount="amount",
        currency="currency", status="status", refunded="amountrefunded",
    ),
    _shop(
        "woocommerce", "WooCommerce",
        "email(billing) billingemail billing_email ordertotalamount meta:_wc_order_attribution_utm_campaign",
        order="ordernumber order_number orderid order_id", occurred_at="orderdate order_date datecreated date",
        contact="email(billing) billingemail billing_email customeremail customer_email",
        amount="ordertotalamount ordertotal order_total total", currency="ordercurrency order_currency currency",
        status="orderstatus order_status status", refunded="orderrefundamount ordertotalrefunded refunded_total",
    ),
)  # fmt: skip
BY_NAME: dict[str, Platform] = {shop.name: shop for shop in SHOPS}

_PAID = frozenset(
    (
        *("paid", "refunded", "partiallyrefunded", "partialrefund", "succeeded", "completed", "complete"),
        *("processing", "captured"),
    )
)
_UNPAID = frozenset(
    (
        *("pending", "pendingpayment", "authorized", "partiallypaid", "voided", "expired", "unpaid", "cancelled"),
        *("canceled", "failed", "onhold", "draft", "checkoutdraft", "trash", "incomplete", "blocked", "uncaptured"),
        *("requirespaymentmethod", "requiresconfirmation", "requiresaction", "requirescapture", "declined"),
    )
)


def recognise(header: Sequence[str]) -> Found | None:
    """Whose export of orders this is, by its columns; None for any other file."""
    first: dict[str, str] = {}
    for column in header:
        first.setdefault(plain(column), column)
    for shop in SHOPS:
        named = {field: name for field, names in shop.names.items() if (name := first_of(names, first))}
        if named.keys() >= NEEDED and shop.signs & first.keys():
            return Found(shop.name, {first[name]: field for field, name in named.items()}, "", False)
    return None


def is_paid(status: str) -> bool | None:
    """Whether an order of this status was paid, be it given back since; None for a word that nobody knows."""
    word = "".join(letter for letter in status.casefold().removeprefix("wc-") if letter.isalnum())
    return True if word in _PAID else False if word in _UNPAID else None
