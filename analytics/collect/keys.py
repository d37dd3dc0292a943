"""Making keys, and what a key tells of its source."""

import secrets
from base64 import b64decode
from functools import lru_cache
from typing import NamedTuple

from analytics.collect.limits import KIB
from analytics.collect.models import Source, SourceKey

_PREFIX = {SourceKey.Kind.WRITE: "wk_", SourceKey.Kind.SECRET: "sk_"}
_LONGEST_HEADER = 256  # bytes: several times one with a key, and little enough to be remembered


class KnownSource(NamedTuple):
    """What the collector has to know of a source, and of the key that named it."""

    id: int
    name: str
    platform: str
    origins: frozenset[str]
    truncate_ip: bool
    privacy: str
    consent_category: str
    max_event_bytes: int
    trusted: bool  # named by its secret key

    def takes_from(self, origin: str) -> bool:
        return not self.origins or origin in self.origins

    @classmethod
    def of(cls, source: Source, *, trusted: bool = False) -> "KnownSource":
        return cls(
            id=source.pk,
            name=source.name,
            platform=source.platform,
            origins=frozenset(source.allowed_origins),
            truncate_ip=source.truncate_ip,
            privacy=source.privacy,
            consent_category=source.consent_category,
            max_event_bytes=source.max_event_kib * KIB,
            trusted=trusted,
        )


def new_key(kind: str) -> str:
    return _PREFIX[SourceKey.Kind(kind)] + secrets.token_urlsafe(24)


def live_keys() -> dict[str, KnownSource]:
    """Every live key of the installation with its source."""
    return {
        key.key: KnownSource.of(key.source, trusted=key.kind == SourceKey.Kind.SECRET)
        for key in SourceKey.objects.live().select_related("source")
    }


def key_of_header(authorization: bytes) -> str:
    """The key in an Authorization header: Basic's user name or a bearer token; empty when there is none."""
    return _key_of(authorization) if len(authorization) <= _LONGEST_HEADER else ""


@lru_cache(maxsize=4_096)
def _key_of(authorization: bytes) -> str:
    scheme, _, rest = authorization.partition(b" ")
    try:
        if scheme.lower() == b"basic":
            return b64decode(rest).decode().partition(":")[0]
        return rest.decode().strip() if scheme.lower() == b"bearer" else ""
    except ValueError:
        return ""
