"""What is asked in the measurements: one question of each kind, about all days of the data."""

from typing import Any

from benchmarks.lib.inside import ask
from benchmarks.lib.installation import Installation

Body = dict[str, Any]

ANY: Body = {"event": None}
WINDOW_DAYS = 14
MONTHS = 24
DEPTH, LINKS_SHOWN = 5, 50


def steps(*events: str) -> list[Body]:
    return [{"event": event} for event in events]


# Of the demo's events, nearly half of all that there are, and one in fourteen.
FREQUENT = ("page", "video_created", "video_shared", "comment_added")
RARE = ("signup_completed", "first_video_created", "video_shared", "invite_sent")
WINDOW = {"value": WINDOW_DAYS, "unit": "day"}
FUNNEL: Body = {"steps": steps(*FREQUENT), "window": WINDOW}
RETENTION: Body = {"start": ANY, "return": ANY, "grain": "month", "periods": MONTHS}
ACTIVE: Body = {"series": [{"measure": "wau"}, {"measure": "mau"}], "grain": "day"}


BY_KIND: dict[str, Body] = {
    "trend": {"series": [{"measure": "people"}], "grain": "day"},
    "funnel": FUNNEL,
    "retention": RETENTION,
    "lifecycle": {"selector": ANY, "grain": "week"},
    "stickiness": {"selector": ANY, "grain": "week"},
    "paths": {"depth": DEPTH, "links_shown": LINKS_SHOWN},
    "sessions": {},
    "adoption": {"grain": "month"},
    "concentration": {"selector": ANY, "top": 0.1},
}


def asked(installation: Installation, body: Body) -> Body:
    """The question about all days that the installation has events of."""
    first, last = ask(installation, "days_of_data")
    return {"from": first, "to": last, "timezone": "UTC", **body}
