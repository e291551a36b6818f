"""Currencies as they are written beside an amount: codes, and signs that several of them share. Pure."""

import re

from ..currencies import MINOR_UNITS

Currencies = frozenset[str]  # ISO 4217 codes that a sign may be of


def _of(text: str) -> Currencies:
    return frozenset(text.split())


SIGNS: dict[str, Currencies] = {
    "$": _of("USD CAD AUD NZD HKD SGD MXN TWD ARS CLP COP BSD BBD BMD BND BZD FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD"),
    "¥": _of("JPY CNY"),
    "kr": _of("SEK NOK DKK ISK"),
    "€": _of("EUR"), "£": _of("GBP"), "₹": _of("INR"), "₩": _of("KRW"), "₽": _of("RUB"), "₺": _of("TRY"),
    "₪": _of("ILS"), "₫": _of("VND"), "₱": _of("PHP"), "₴": _of("UAH"), "₦": _of("NGN"), "฿": _of("THB"),
    "zł": _of("PLN"), "Kč": _of("CZK"), "Ft": _of("HUF"), "RMB": _of("CNY"),
    "US$": _of("USD"), "U$": _of("USD"), "A$": _of("AUD"), "AU$": _of("AUD"), "C$": _of("CAD"), "CA$": _of("CAD"),
    "NZ$": _of("NZD"), "HK$": _of("HKD"), "S$": _of("SGD"), "SG$": _of("SGD"), "R$": _of("BRL"), "MX$": _of("MXN"),
    "NT$": _of("TWD"), "TW$": _of("TWD"), "CN¥": _of("CNY"), "JP¥": _of("JPY"), "E£": _of("EGP"),
}  # fmt: skip
MARK = r"[A-Z]{0,3}[$€£¥₹₩₽₺₪₫₱₴₦฿]|[A-Z]{3}|kr\.?|zł|Kč|Ft"  # what may stand beside a number

_CODE = re.compile(r"([A-Z]{3})(.?)")


def currencies(mark: str) -> Currencies:
    """What a mark may mean: one currency, several for a sign that they share, none where nobody knows it."""
    known = SIGNS.get(mark.rstrip("."))
    if known is not None:
        return known
    code = _CODE.fullmatch(mark)
    if code is None or code[1] not in MINOR_UNITS:
        return _of("")
    return _of(code[1]) & currencies(code[2]) if code[2] else _of(code[1])
