"""Small words that templates need."""

from django import template

from ..pages import options

register = template.Library()


@register.filter
def svg(length: float) -> str:
    """A length for an SVG attribute: one decimal, a dot whatever the language."""
    return f"{length:.1f}"


@register.filter
def thousands(count: int) -> str:
    return f"{count:,}"


register.simple_tag(options.in_short)
