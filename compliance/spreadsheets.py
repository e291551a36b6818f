"""CSV files that spreadsheets open. Pure."""

import csv
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what spreadsheets begin a formula with


def text(said: str) -> str:
    """What people typed must not become a formula; an apostrophe makes it text."""
    return f"'{said}" if said.startswith(FORMULA) else said


def writer(file: Any) -> Any:
    """One of the csv module that puts every text in quotes: where lists are separated by semicolons, a spreadsheet
    cuts at those that stand in a bare text, and what comes behind one begins a cell.
    """
    return csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
