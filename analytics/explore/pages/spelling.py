"""In whose words a card shows its SQL: those of the engine that ran it, or of another."""

from urllib.parse import urlencode

from django.utils.translation import gettext as _

from analytics.rollups.sql import DIALECTS
from productops.lib.cards import Tab


def tabs(card: str, ran: str, shown: str, pairs: tuple[tuple[str, str], ...]) -> list[Tab]:
    """A tab for each dialect at an address of its own, that of the engine that ran first."""
    return [
        Tab(
            _("%(engine)s, as it ran") % {"engine": DIALECTS[dialect]} if dialect == ran else DIALECTS[dialect],
            f"?{urlencode([*pairs, ('sql', f'{card}.{dialect}')])}#{card}",
            dialect == shown,
        )
        for dialect in sorted(DIALECTS, key=lambda dialect: dialect != ran)
    ]
