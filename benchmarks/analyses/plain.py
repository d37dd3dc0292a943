"""What plain SQL for other engines is made with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from benchmarks.analyses.questions import DEPTH, FREQUENT, LINKS_SHOWN, MONTHS, WINDOW_DAYS

LINKS_FIRST = "people DESC, paths DESC, step, source, target"


@dataclass(frozen=True)
class Plain:
    """Statements of which the last one answers; the first ``keys`` of its columns say what each row is of."""

    statements: tuple[str, ...]
    keys: int


@dataclass(frozen=True)
class Days:
    """The days asked about, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, body: Mapping[str, str]) -> "Days":
        return cls(date.fromisoformat(body["from"]), date.fromisoformat(body["to"]))

    @property
    def until(self) -> date:
        return self.last + timedelta(days=1)

    @property
    def first_cohort(self) -> int:
        """The month of the first of the cohorts, numbered year × 12 + month."""
        return self.last.year * 12 + self.last.month - MONTHS + 1


def reached(counted: str) -> str:
    """Named queries, the last of them ``reached``: of the first links those that others lead to from a first step."""
    parts = [f"most AS (SELECT step, source, target FROM {counted} ORDER BY {LINKS_FIRST} LIMIT {LINKS_SHOWN})"]
    parts.append("reached_1 AS (SELECT * FROM most WHERE step = 1)")
    for step in range(2, DEPTH):
        came = f"SELECT target FROM reached_{step - 1}"
        parts.append(f"reached_{step} AS (SELECT * FROM most WHERE step = {step} AND source IN ({came}))")
    every = " UNION ALL ".join(f"SELECT * FROM reached_{step}" for step in range(1, DEPTH))
    return ", ".join((*parts, f"reached AS ({every})"))


FUNNEL_EVENTS, FUNNEL_DAYS = FREQUENT, WINDOW_DAYS

# The demo's features: the condition that makes an event a use of each.
FEATURES = {
    "deposits": "event = 'deposit_completed'",
    "transactions": "event = 'transaction_completed'",
    "wallet": "page IN ('/wallet', 'Wallet home')",
    "swap": "event IN ('swap_started', 'swap_completed') OR page IN ('/swap', 'Swap')",
    "chains": "event = 'chain_switched' OR page IN ('/chains', 'Chains')",
    "videos": "event IN ('video_created', 'first_video_created') OR page IN ('/studio', 'Studio')",
    "templates": "event IN ('template_previewed', 'template_used') OR page IN ('/templates', 'Templates')",
    "search": "event = 'searched'",
    "sharing": "event = 'video_shared' OR page IN ('/videos', 'My videos')",
    "comments": "event = 'comment_added'",
    "invitations": "event IN ('invite_sent', 'invite_accepted')",
    "help": "page IN ('/help', 'Help')",
}
