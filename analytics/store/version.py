"""Which data there is by now: a text that tells it from any other, for whatever is kept of answers."""

from dataclasses import dataclass
from hashlib import blake2b

from django.db import connection

from analytics.people.default_channels import DEFAULT_RULES

# What there is, each with the time of the newest event in it. One statement sees one moment. Segments are told by their
# paths, as after a restore others get the numbers that some had before; identity edges by their number, too, as one may
# be committed after one with a higher id.
STATE = """
SELECT 'segment ' || path, CASE WHEN "table" = 'events' THEN max_at_us ELSE 0 END
FROM analytics_segment WHERE state = 'published'
UNION ALL
SELECT 'rule ' || "position" || ' ' || id || ' ' || field || ' ' || length(pattern) || ' ' || pattern || ' ' || channel,
    0
FROM analytics_channelrule
UNION ALL
SELECT 'unsealed ' || (SELECT COUNT(*) FROM analytics_event WHERE segment IS NULL)
    || ' ' || COALESCE((SELECT MAX(id) FROM analytics_event WHERE segment IS NULL), 0),
    0
UNION ALL
SELECT 'edges ' || (SELECT COUNT(*) FROM analytics_identityedge)
    || ' ' || COALESCE((SELECT MAX(id) FROM analytics_identityedge), 0),
    0
UNION ALL
SELECT 'inbox', COALESCE((SELECT at_us FROM analytics_event ORDER BY id DESC LIMIT 1), 0)
"""


@dataclass(frozen=True)
class DataVersion:
    """``text`` changes whenever a snapshot would show other events, parts, persons or channels.

    ``newest_us`` is when the newest event was, sealed or not; 0 before the first.
    """

    text: str
    newest_us: int


def data_version() -> DataVersion:
    """Of the data as committed now. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        parts, newest_us = zip(*cursor.fetchall(), strict=True)
    state = repr((sorted(parts), DEFAULT_RULES))
    return DataVersion(blake2b(state.encode(), digest_size=12).hexdigest(), max(newest_us))
