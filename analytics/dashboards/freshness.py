"""Up to when events have come in."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from analytics.store.version import DataVersion
from productops.lib.cards import Freshness

LATE = timedelta(minutes=30)


def freshness(version: DataVersion) -> Freshness | None:
    """The newest event, sealed or not; None before the first one."""
    if not version.newest_us:
        return None
    at = datetime.fromtimestamp(version.newest_us / 1e6, UTC)
    return Freshness(at, late=timezone.now() - at > LATE)
