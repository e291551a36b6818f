"""How a person's identifiers are looked for in texts: as they are, as addresses of pages and JSON write them. Pure."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

SHORTEST = 5  # letters; what is shorter stands in everybody's texts


def spellings(identifiers: Iterable[str]) -> tuple[str, ...]:
    """The identifiers long enough to be looked for, in every way that texts of ours write them; longest first."""
    found = {
        spelling
        for identifier in identifiers
        if len(identifier.strip()) >= SHORTEST
        for one in (identifier.strip(),)
        for spelling in (one, quote(one, safe=""), quote_plus(one), json.dumps(one)[1:-1], _in_json(one))
    }
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def of_postgres(identifiers: Iterable[str]) -> str:
    """A regular expression of PostgreSQL: they, where no letter or digit touches them. Empty: nothing to find."""
    return _pattern(identifiers, r"(?:(?<![[:alnum:]])|(?<=%[0-9a-f]{2}))", r"(?![[:alnum:]])")


def of_python(identifiers: Iterable[str]) -> re.Pattern[str] | None:
    """The same for Python; None: nothing to find."""
    pattern = _pattern(identifiers, r"(?:(?<![^\W_])|(?<=%[0-9a-f]{2}))", r"(?![^\W_])")
    return re.compile(pattern, re.IGNORECASE) if pattern else None


def _pattern(identifiers: Iterable[str], before: str, after: str) -> str:
    texts = "|".join(re.sub(r"([^\w\s])", r"\\\1", text) for text in spellings(identifiers))
    return f"{before}(?:{texts}){after}" if texts else ""
