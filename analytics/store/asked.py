"""Which properties of events questions ask for: those asked for lately become columns at compaction."""

from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from analytics.store import engine
from analytics.store.models import AskedProperty

REMEMBERED_FOR = timedelta(days=90)
RENEWED_AFTER = timedelta(days=1)


def remember(names: Collection[str]) -> None:
    """Note that questions ask for these properties: one short query, unless one of them wasn't asked for in a day."""
    now = timezone.now()
    fresh = AskedProperty.objects.filter(pk__in=names, asked_at__gt=now - RENEWED_AFTER)
    new = set(names).difference(fresh.values_list("name", flat=True))
    if not new:
        return
    # In one order: two that write the same names wait for one another, but never each for the other.
    asked = [AskedProperty(name=name, asked_at=now) for name in sorted(new)]
    AskedProperty.objects.bulk_create(asked, update_conflicts=True, unique_fields=["name"], update_fields=["asked_at"])
    AskedProperty.objects.filter(asked_at__lt=now - REMEMBERED_FOR).delete()


def hot_properties() -> list[str]:
    """Those to make columns of: asked for last, as many as the engine can keep."""
    lately = AskedProperty.objects.filter(asked_at__gte=timezone.now() - REMEMBERED_FOR)
    names = lately.order_by("-asked_at", "name").values_list("name", flat=True)
    return sorted(names[: engine.chosen().most_properties])
