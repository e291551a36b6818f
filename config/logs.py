"""How all processes write their logs: what Django's settings name, and granian's before there are any."""

import logging

from compliance.logs import lines

from . import environment


def formatter(form: str = "") -> logging.Formatter:
    """That of `form`, json or text; unsaid, as the environment says. What Python warns of is a line like any other."""
    logging.captureWarnings(True)
    environment.load()
    return lines.formatter(form or environment.log_format())
