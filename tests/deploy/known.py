"""What the code knows: the names of its settings, its commands, its programs."""

import re
from functools import cache

from django.core.management import get_commands

from config import environment
from config.serving.programs import all_of_them

# What those bring who watch over it; a person fills `receivers`.
ELSEWHERE = ("./prometheus", "./grafana", "./alertmanager.yml", "./receivers")


@cache
def settings() -> frozenset[str]:
    """Every variable that .env.example names."""
    text = (environment.ROOT / ".env.example").read_text()
    return frozenset(re.findall(r"^# ([A-Z][A-Z_]+)=", text, re.M))


def command(words: list[str]) -> bool:
    """Whether `manage.py` can be asked that."""
    if words[0] == "program":
        return words[1] in {program.name for program in all_of_them("127.0.0.1", 1, "")}
    return words[0] in get_commands()
