"""Who may sign in to pages."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User

from . import roles


class RoleBackend(ModelBackend):
    """Django's own, but for roles whose members have keys alone, also where somebody got one after signing in."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and roles.signs_in(user)

    def get_user(self, user_id: int) -> User | None:
        user = roles.with_roles(User.objects.all()).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
