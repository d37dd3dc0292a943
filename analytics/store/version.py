"""Which data there is by now: a text that tells it from any other, for whatever is kept of answers."""

from dataclasses import dataclass
from hashlib import blake2b

from django.db import connection

from analytics.people.default_channels import DEFAULT_RULES

# One statement sees one moment. Segments are told by their paths, as after a restore others get the numbers that
# some had before; identity edges by their number, too, as one may be committed after one with a higher id.
STATE = """
SELECT 'segment', path, '', '', CASE WHEN "table" = 'events' THEN max_at_us ELSE 0 END, 0
FROM analytics_segment WHERE state = 'published'
UNION ALL
SELECT 'rule', field, pattern, channel, "position", id FROM analytics_channelrule
UNION ALL
SELECT 'unsealed', '', '', '',
    (SELECT COUNT(*) FROM analytics_event WHERE segment IS NULL),
    (SELECT MAX(id) FROM analytics_event WHERE segment IS NULL)
UNION ALL
SELECT 'edges', '', '', '',
    (SELECT COUNT(*) FROM analytics_identityedge),
    (SELECT MAX(id) FROM analytics_identityedge)
UNION ALL
SELECT 'newest', '', '', '', (SELECT at_us FROM analytics_event ORDER BY id DESC LIMIT 1), 0
"""


@dataclass(frozen=True)
class DataVersion:
    """``text`` changes whenever a snapshot would show other events, parts, persons or channels.

    ``newest_us`` is when the event came about that is the newest, sealed or not; 0 before the first.
    """

    text: str
    newest_us: int


def data_version() -> DataVersion:
    """Of the data as committed now. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        rows = cursor.fetchall()
    newest_us = max(at_us or 0 for what, *_texts, at_us, _number in rows if what in ("segment", "newest"))
    state = sorted(row for row in rows if row[0] != "newest"), DEFAULT_RULES
    return DataVersion(blake2b(repr(state).encode(), digest_size=12).hexdigest(), newest_us)
