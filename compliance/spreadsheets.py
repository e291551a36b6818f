"""CSV files that spreadsheets open. Pure."""

import csv
import re
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what spreadsheets begin a formula with

_MADE_TEXT = re.compile(rf"'*[{re.escape(''.join(FORMULA))}]")
_NUMBER = re.compile(r"[+-]\d+(?:[.,]\d+)*", re.ASCII)  # is no formula


def text(said: str) -> str:
    """What people typed must not become a formula; an apostrophe makes it text. `typed` takes it off."""
    return f"'{said}" if _MADE_TEXT.match(said) and not _NUMBER.fullmatch(said) else said


def typed(cell: str) -> str:
    """What was typed, of a cell that `text` wrote."""
    return cell[1:] if cell.startswith("'") and _MADE_TEXT.match(cell) else cell


def writer(file: Any) -> Any:
    """One of the csv module that puts every text in quotes: where lists are separated by semicolons, a spreadsheet
    cuts at those that stand in a bare text, and what comes behind one begins a cell.
    """
    return csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
