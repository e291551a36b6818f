"""The `.sql` files of this folder, by name."""

from functools import cache
from pathlib import Path

HERE = Path(__file__).parent


@cache
def load(name: str, **parts: str) -> str:
    """The text of `<name>.sql`; every `{{part}}` in it is replaced by the file that `parts` names for it.

    So one definition of a count serves the fold (rows of one batch) and the check (all rows).
    """
    text = (HERE / f"{name}.sql").read_text()
    for part, file in parts.items():
        text = text.replace("{{" + part + "}}", load(file))
    return text
