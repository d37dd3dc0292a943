"""Making sources and keys, and changing what they allow. Each function is one transaction, and leaves a trace."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.collect.keys import new_key
from analytics.collect.models import Source, SourceKey
from productops.lib.models import User, record

LIVE_KEYS = 2  # of a kind: the old one and the one being rotated in


@transaction.atomic
def create_source(
    *, name: str, platform: str, allowed_origins: Iterable[str] = (), user: User | None = None
) -> tuple[Source, str, str]:
    """Make a source; return it with its write key and its secret key. Raises ValidationError."""
    source = Source(name=name.strip(), platform=platform, allowed_origins=_origins(allowed_origins))
    source.full_clean()
    source.save()
    write_key, secret_key = (
        SourceKey.objects.create(source=source, kind=kind, key=new_key(kind)).key
        for kind in (SourceKey.Kind.WRITE, SourceKey.Kind.SECRET)
    )
    record(user, "source.create", source.name, platform=platform)
    return source, write_key, secret_key


@transaction.atomic
def change_source(*, source: Source, user: User | None, **changes: object) -> Source:
    """Change the given fields of a source (all but its keys). Raises ValidationError."""
    source = Source.objects.select_for_update().get(pk=source.pk)
    for field, value in changes.items():
        setattr(source, field, value)
    source.allowed_origins = _origins(source.allowed_origins)
    source.full_clean()
    source.save()
    record(user, "source.change", source.name, **{field: str(value)[:200] for field, value in changes.items()})
    return source


@transaction.atomic
def rotate_key(*, source: Source, kind: str, user: User | None) -> SourceKey:
    """Make another key of a kind; the one before stays live until it is revoked. Raises ValidationError."""
    source = Source.objects.select_for_update().get(pk=source.pk)
    if source.keys.live().filter(kind=kind).count() >= LIVE_KEYS:
        raise ValidationError(_("Two keys of this kind are live. Revoke one of them first."))
    key = SourceKey.objects.create(source=source, kind=kind, key=new_key(kind))
    record(user, "key.rotate", source.name, kind=kind, key=key.pk)
    return key


@transaction.atomic
def revoke_key(*, key: SourceKey, user: User | None) -> None:
    """Refuse what is sent with the key, within seconds in every process. Revoking again changes nothing."""
    if SourceKey.objects.live().filter(pk=key.pk).update(revoked_at=timezone.now()):
        record(user, "key.revoke", key.source.name, kind=key.kind, key=key.pk)


def _origins(texts: Iterable[str]) -> list[str]:
    """Origins as browsers write them, each once, in the order given. Raises ValidationError."""
    return list(dict.fromkeys(_origin(text) for text in texts if text.strip()))


def _origin(text: str) -> str:
    text = text.strip().rstrip("/").lower()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if not parts.scheme or not parts.hostname or parts.path or parts.query or parts.fragment or parts.username:
        raise ValidationError(
            _("“%(text)s” is not an origin. Write it as https://example.com."), params={"text": text[:100]}
        )
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return text.removesuffix(f":{port}") if port == default else text
