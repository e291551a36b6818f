"""Headers of reports: whose export a header is of, and which of its columns is which of our fields. Pure.

Sources: Google Ads, Meta and TikTok by headers met in import code and its tests. LinkedIn by what reads Campaign
Manager's "Campaign Performance Report (in UTC)": tabs in UTF-16, title lines, `Start Date (in UTC)`, `Campaign ID`,
`Campaign Name`, `Currency`, `Total Spent`, `Impressions`, `Clicks`, `Conversions`, days as M/D/YYYY. Microsoft by its
documentation ("Report File Schema", ReportFileReader of the BingAds SDK): lines such as "Time Zone: …" and "Rows: …"
before the header, a line of copyright behind the rows, columns as `Gregorian date` or `GregorianDate`, ids in brackets.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..currencies import MINOR_UNITS

Names = Mapping[str, tuple[str, ...]]  # our field → their names, as `plain` writes them, the best one first

_CURRENCY = re.compile(r"\s*\(([A-Z]{3})\)\s*$")  # in capitals: "Clicks (all)" is no lek
_SPACES = re.compile(r"[\s\u200e\u200f\u202a-\u202e\ufeff]+")  # and marks of direction, which Arabic headers have


@dataclass(frozen=True, slots=True)
class Platform:
    """One ad platform. A header is its if it has a campaign, an amount, and, unless `signs` is empty, one of these."""

    name: str
    label: str
    channel: str  # of campaigns that only its reports tell of
    names: Names
    signs: frozenset[str] = frozenset()
    titles: tuple[str, ...] = ()  # how a line before the header may begin, in small letters; as good as a sign
    dates: str = ""  # which number of its days comes first, where nothing tells


@dataclass(frozen=True, slots=True)
class Found:
    """What a header says. `last_day` columns, where each row tells its whole period, are in `mapping`, too."""

    platform: str
    mapping: dict[str, str]  # their column, as it stands there → our field
    currency: str  # as the amount's column names it
    continental: bool  # German or French: decimal commas, the day before the month


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_CODES = _words("currencycode currency währungscode währung codededevise codedeladevise devise codedevise")
_IDS = _words("campaignid kampagnen-id kampagnenid idcampagne iddecampagne iddelacampagne identifiantdelacampagne")
_SHOWN = _words("impr. impressions impressionen impr مراتالظهور impresiones impressioni vertoningen")
PLATFORMS: tuple[Platform, ...] = (
    Platform(
        "meta", "Meta Ads", "social",
        {
            "campaign": _IDS,
            "campaign_name": _words(
                "campaignname nomdelacampagne kampagnenname namederkampagne nombredelacampaña nomedellacampagna "
                "اسمالحملة"
            ),
            "date": _words("day jour tag día giorno dag اليوم"),
            "first_day": _words("reportingstarts débutdesrapports berichtsbeginn berichtsstart بدايةالتقرير"),
            "last_day": _words("reportingends findesrapports berichtsende نهايةالتقرير"),
            "amount": _words(
                "amountspent montantdépensé ausgegebenerbetrag importegastado importospeso besteedbedrag "
                "المبلغالذيتمإنفاقه المبلغالمنفق"
            ),
            "currency": _CODES,
            "impressions": _SHOWN,
            "clicks": _words(
                "linkclicks clicssurunlien clicssurlelien link-klicks linkklicks clicks(all) clics(tous) klicks(alle)"
            ),
            "conversions": _words("purchases websitepurchases achats achatssurlesite käufe"),
        },
    ),
    Platform(
        "linkedin", "LinkedIn", "social",
        {
            "campaign": _IDS,
            "campaign_name": ("campaignname",),
            "date": _words("startdate(inutc) startdate date day"),
            "amount": _words("totalspent"),
            "currency": _CODES,
            "impressions": _SHOWN,
            "clicks": ("clicks",),
            "conversions": ("conversions",),
        },
        dates="mdy",
    ),
    Platform(
        "tiktok", "TikTok", "social",
        {
            "campaign": _IDS,
            "campaign_name": ("campaignname",),
            "date": _words("byday date day"),
            "amount": _words("cost spend totalcost"),
            "currency": _CODES,
            "impressions": ("impressions", "impression"),
            "clicks": _words("clicks(destination) clicks(all) clicks"),
            "conversions": _words("completepayment conversions"),
        },
        signs=frozenset(_words("byday clicks(destination) cpc(destination) ctr(destination) completepayment")),
    ),
    Platform(
        "microsoft", "Microsoft Advertising", "search",
        {
            "campaign": _IDS,
            "campaign_name": _words("campaignname campaign"),
            "date": _words("gregoriandate timeperiod date day"),
            "amount": ("spend",),
            "currency": _CODES,
            "impressions": _SHOWN,
            "clicks": ("clicks",),
            "conversions": _words("conversions conv."),
        },
        signs=frozenset(
            _words(
                "gregoriandate timeperiod accountname accountnumber accountid adgroup adgroupid addistribution impr. "
                "averagecpc avg.cpc ctr(%) currencycode campaignstatus campaigntype budgetname"
            )
        ),
        titles=("report name:", "report time:"),
        dates="mdy",
    ),
    Platform(
        "google_ads", "Google Ads", "search",
        {
            "campaign": _IDS,
            "campaign_name": _words("campaign kampagne campagne"),
            "date": _words("day tag jour"),
            "amount": _words("cost kosten coût"),
            "currency": _CODES,
            "impressions": _SHOWN,
            "clicks": _words("clicks klicks clics"),
            "conversions": ("conversions",),
        },
        signs=frozenset(
            _words(
                "impr. currencycode währungscode codededevise codedeladevise campaignstatus kampagnenstatus "
                "étatdelacampagne campaigntype kampagnentyp typedecampagne avg.cpc avg.cost avg.cpm cost/conv. "
                "kosten/conv. coût/conv. conv.value conv.rate interactions budgettype bidstrategytype"
            )
        ),
        titles=("campaign report", "kampagnenbericht", "rapport sur les campagnes"),
    ),
)  # fmt: skip
BY_NAME: dict[str, Platform] = {platform.name: platform for platform in PLATFORMS}

_CONTINENTAL = frozenset(
    _words("kampagne kampagnenname kosten campagne nomdelacampagne coût montantdépensé ausgegebenerbetrag")
)
# what plain files call our fields, by kind of file
PLAIN: dict[str, Names] = {
    "costs": {
        "campaign": _words("campaignid campaign campaignname kampagne campagne"),
        "date": _words("date day datum tag jour"),
        "amount": _words("amount cost spend spent amountspent totalspent betrag kosten montant coût"),
        "currency": _words("currency currencycode währung devise"),
        "source": ("source",),
        "item": ("item",),
        "impressions": _words("impressions impr."),
        "clicks": ("clicks",),
        "conversions": ("conversions",),
        "time_zone": _words("timezone"),
    },
    "events": {
        "event_id": _words("eventid messageid id"),
        "type": _words("type event eventtype kind"),
        "occurred_at": _words(
            "occurredat timestamp time eventtime datetime date orderdate order_date createdat created_at createddate"
        ),
        "contact": _words(
            "contact contactid email e-mail emailaddress userid customeremail customer_email customerid customer_id"
        ),
        "campaign": _words("campaign campaignid campaignname utm_campaign utmcampaign"),
        "order": _words("order orderid order_id ordernumber order_number order#"),
        "amount": _words("amount revenue value total ordertotal order_total totalamount grandtotal"),
        "currency": _words("currencycode ordercurrency order_currency"),
        "status": _words("orderstatus order_status paymentstatus payment_status financialstatus"),
        "refunded": _words("refundedamount amountrefunded refundamount refunded_amount"),
        "user_agent": _words("useragent"),
        "ip": _words("ip ipaddress"),
        "url": _words("url link"),
    },
    "campaigns": {
        "campaign": _words("campaign campaignid externalid id"),
        "name": _words("name campaignname title"),
        "starts_at": _words("startsat startdate start"),
        "ends_at": _words("endsat enddate end"),
    },
    "rates": {"day": ("date",)},
}  # fmt: skip


def plain(column: str) -> str:
    """A column's name without what differs between exports: case, spaces, the currency in brackets at its end."""
    name = unicodedata.normalize("NFC", _CURRENCY.sub(_unless_currency, column))
    return _SPACES.sub("", name).casefold()


def _unless_currency(match: re.Match[str]) -> str:
    return "" if match[1] in MINOR_UNITS else match[0]


def recognise(header: Sequence[str], titles: Iterable[str] = (), only: str = "") -> Found | None:
    """Whose export this is, by its columns and the lines before them; None for a plain file. `only` forces one."""
    first: dict[str, str] = {}
    for column in header:
        first.setdefault(plain(column), column)
    above = tuple(title.strip().strip('"').casefold() for title in titles)
    for platform in [BY_NAME[only]] if only else PLATFORMS:
        named = {field: name for field, names in platform.names.items() if (name := first_of(names, first))}
        if "amount" not in named or not named.keys() & {"campaign", "campaign_name"}:
            continue
        titled = any(title.startswith(platform.titles) for title in above) if platform.titles else False
        if only or not platform.signs or titled or platform.signs & first.keys():
            return _found(platform, named, first)
    return None


def _found(platform: Platform, named: dict[str, str], first: dict[str, str]) -> Found:
    """The platform's own id is the campaign, and where the report has none, its name."""
    if "campaign" not in named:
        named["campaign"] = named.pop("campaign_name")
    mapping = {first[name]: field for field, name in named.items()}
    amount = _CURRENCY.search(first[named["amount"]])
    currency = amount[1] if amount and amount[1] in MINOR_UNITS else ""
    return Found(platform.name, mapping, currency, bool(_CONTINENTAL & set(named.values())))


def guessed(header: Sequence[str], kind: str, fields: Iterable[str]) -> dict[str, str]:
    """Their column → our field in a plain file: what is called as we call it, else by a name that is common for it.

    A column without a name, such as the one that numbers the rows, or that of a trailing comma, is no field.
    """
    own = {column.strip().lower(): column for column in reversed(header)}
    first = {name: column for column in reversed(header) if (name := plain(column))}
    mapping: dict[str, str] = {}
    for field in fields:
        column = own.get(field) or first.get(first_of(PLAIN.get(kind, {}).get(field, ()), first))
        if column is not None and column not in mapping:
            mapping[column] = field
    return mapping


def first_of(names: Iterable[str], present: Mapping[str, str]) -> str:
    """The first of these names that is there, else ""."""
    return next((name for name in names if name in present), "")
