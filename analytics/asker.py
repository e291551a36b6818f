"""What whoever sent a request may see of the figures, by their groups."""

from typing import Any

from compliance.roles import denied_metrics

from .allowed import Allowed, allowed_to


def allowed_of(request: Any) -> Allowed:
    """Works for requests of Django and of Django REST framework; costs no query for whoever our backends found."""
    return allowed_to(denied_metrics(request))
