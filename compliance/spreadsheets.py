"""Cells of CSV files that spreadsheets open. Pure."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what spreadsheets begin a formula with


def text(said: str) -> str:
    """What people typed must not become a formula; an apostrophe makes it text."""
    return f"'{said}" if said.startswith(FORMULA) else said
