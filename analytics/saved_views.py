"""Views that people save by name: each sees their own and those that are shared, and changes their own."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from .models import SavedView


class NameTaken(ValueError):
    """The owner has a view of that name already."""


def visible(user: User, page: str) -> list[SavedView]:
    """Their own and the shared ones, by name."""
    seen = SavedView.objects.filter(Q(owner=user) | Q(shared=True), page=page)
    return list(seen.select_related("owner").order_by(Lower("name"), "pk"))


def find(user: User, pk: int) -> SavedView:
    """One that the user may open; a superuser may open all. Raises `SavedView.DoesNotExist`."""
    seen = SavedView.objects.all() if user.is_superuser else SavedView.objects.filter(Q(owner=user) | Q(shared=True))
    return seen.get(pk=pk)


def may_change(user: User, view: SavedView) -> bool:
    return user.is_superuser or view.owner_id == user.pk


def save(owner: User, page: str, *, name: str, query: str, shared: bool, replace: bool = False) -> SavedView:
    """Save a state under a name; `replace` puts it in place of what has that name. Raises `NameTaken`."""
    if replace:
        state = {"page": page, "query": query, "shared": shared}
        return SavedView.objects.update_or_create(owner=owner, name=name, defaults=state)[0]
    view = SavedView(owner=owner, page=page, name=name, query=query, shared=shared)
    _write(view)
    return view


def change(view: SavedView, *, name: str, shared: bool) -> None:
    """Rename it, share it or take it back. Raises `NameTaken`."""
    view.name, view.shared = name, shared
    _write(view)


def _write(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise NameTaken(view.name) from error
