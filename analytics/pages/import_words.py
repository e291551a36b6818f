"""What the readers of files say to whoever imports by command, in the words of the form. Pure."""

import re

_SAID = (  # what is said with the options of the commands → what the form calls it
    (r"name the column that has it \(--map [^)]*\), or say the day that all of it is booked on: --day [\d-]+",
     "choose the column that has it, or give the day of all rows"),
    (r"--map names columns", "The mapping names columns"),
    (r"Name those that are the same thing, such as --map .*\.$", "Choose those that are the same thing."),
    (r"perhaps --encoding ", "perhaps "),
    (r"; leave --platform out", ""),
    (r"\(--dates dmy or mdy\)", "under “Days are written”"),
    (r" and run this again", " and upload it again"),
    (r" \((?:--[a-z-]+)(?: adds them)?\)", ""),
)  # fmt: skip
_PATTERNS = [(re.compile(said, re.DOTALL), ours) for said, ours in _SAID]


def in_words_of_the_form(text: str) -> str:
    for said, ours in _PATTERNS:
        text = said.sub(ours, text)
    return text
