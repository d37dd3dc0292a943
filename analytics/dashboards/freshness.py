"""Up to when events have come in."""

from datetime import UTC, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from analytics.collect.models import Event
from analytics.store.models import Segment
from productops.lib.cards import Freshness

LATE = timedelta(minutes=30)


def freshness() -> Freshness | None:
    """The newest event, sealed or not; None before the first one. Two queries."""
    sealed = Segment.objects.published().of(Segment.Table.EVENTS).aggregate(newest=Max("max_at_us"))["newest"] or 0
    waiting = Event.objects.order_by("-id").values_list("at_us", flat=True).first() or 0
    newest = max(sealed, waiting)
    if not newest:
        return None
    at = datetime.fromtimestamp(newest / 1e6, UTC)
    return Freshness(at, late=timezone.now() - at > LATE)
