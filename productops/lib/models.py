"""People who log in, their API tokens, and the trail of what they did."""

import hashlib
import secrets
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    VIEWER = "viewer", _("Viewer")
    ANALYST = "analyst", _("Analyst")
    ADMIN = "admin", _("Admin")


RANK = {Role.VIEWER: 1, Role.ANALYST: 2, Role.ADMIN: 3}


class User(AbstractUser):
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)

    def has_role(self, role: str) -> bool:
        """Whether this user may do what ``role`` may: each role includes those below it."""
        return self.is_active and (self.is_superuser or RANK[Role(self.role)] >= RANK[Role(role)])


def token_hash(token: str) -> str:
    # Tokens are 32 random bytes: a fast hash is enough, a slow one would only cost each request.
    return hashlib.sha256(token.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self) -> Self:
        return self.filter(revoked_at=None, user__is_active=True)

    def matching(self, token: str) -> "ApiToken | None":
        return self.live().select_related("user").filter(hash=token_hash(token)).first()


class ApiToken(models.Model):
    """A bearer token of a user, kept as a hash; its text is shown once, when it is made."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    hash = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} {self.prefix}…"

    @classmethod
    def issue(cls, *, user: User, name: str, role: str) -> tuple["ApiToken", str]:
        """Make a token and return it with its text, which can't be read again."""
        text = f"po_{secrets.token_urlsafe(32)}"
        return cls.objects.create(user=user, name=name, role=role, hash=token_hash(text), prefix=text[:8]), text


class AuditEntry(models.Model):
    """One action of a staff member on data or settings. Rows are only ever added."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    actor = models.CharField(max_length=150, help_text=_("User name at the time, or the command that ran."))
    action = models.CharField(max_length=60, db_index=True)
    object = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.object}"


def record(user: User | None, action: str, object: str, **detail: Any) -> AuditEntry:
    """Add to the audit trail, in the caller's transaction. ``user`` None means a command or a task."""
    actor = user.get_username() if user else "system"
    return AuditEntry.objects.create(user=user, actor=actor, action=action, object=object[:200], detail=detail)
