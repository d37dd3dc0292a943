"""What can be chosen on an Explore page: the events and properties that the dictionary knows."""

from analytics.explore.conditions import PERSON
from analytics.explore.pages.forms import Names
from analytics.features.models import Feature
from analytics.people.removal import PERSONAL_TRAITS
from analytics.rollups.models import EventDefinition

MOST_EVENTS, MOST_PROPERTIES = 500, 500
TOLD_BY = {"identify": PERSON}  # whose properties are traits
NO_ACTIVITY = ("identify", "group", "alias")
LOOKED_UP = {
    "platform": ["web", "chrome_extension", "ios", "android", "server"],
    "channel": [],
    "customer_segment": [],
    "persona": [],
}


def known_names(*, personal: bool) -> Names:
    """The most frequent events and their properties; traits that tell who somebody is only where ``personal``."""
    features = list(Feature.objects.values_list("key", "name", "area__key"))
    areas = list(dict.fromkeys(area for _key, _name, area in features if area))
    mapped = {"feature": [key for key, _name, _area in features], "core_area": areas} if features else {}
    rows = EventDefinition.objects.order_by("-volume", "name").values_list("name", "volume", "properties")[:MOST_EVENTS]
    events, properties = [], {name: list(examples) for name, examples in (LOOKED_UP | mapped).items()}
    for event, volume, seen in rows:
        if event not in NO_ACTIVITY:
            events.append((event, volume))
        for name, told in seen.items():
            if event in NO_ACTIVITY and event not in TOLD_BY:
                continue
            if personal or name not in PERSONAL_TRAITS:
                examples = properties.setdefault(TOLD_BY.get(event, "") + name, [])
                examples += [one for one in told.get("examples", ()) if one not in examples]
    return Names(
        events, dict(list(properties.items())[:MOST_PROPERTIES]), [(key, name) for key, name, _area in features]
    )
