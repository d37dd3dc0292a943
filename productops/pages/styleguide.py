"""One row for each part of the pages, in each of its states: what the visual tests look at."""

from dataclasses import replace
from datetime import UTC, date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from productops.lib.cards import Attention, Freshness, Tab
from productops.lib.models import Role
from productops.lib.periods import Options, parse
from productops.lib.roles import role_required
from productops.pages import samples

OPTIONS = Options(
    dimensions=(("platform", "platform"), ("channel", "channel")),
    split=True,
    segments=(("1", "Paying teams"),),
    sorts=("-people", "rate", "channel"),
)
ATTENTION = [
    Attention("triangle-alert", "P1 open: invite mails delayed", "Fix due in 1 h 12 min.", "#cells", "bad"),
    Attention("target", "Biggest drop-off: invite not accepted", "2,658 people in 60 days.", "#funnel", "warn"),
    Attention("message-square-text", "New feedback theme: “guest access”", "47 comments in 14 days.", "#cells"),
]


@role_required(Role.ADMIN)
def slow_card(request: HttpRequest) -> HttpResponse:
    """What follows the page of the card that is still loading."""
    card = replace(samples.peers_card(), key="slow", question="Which platform grew over two years?", span=4)
    return render(request, "components/card.html", {"card": card})


@role_required(Role.ADMIN)
def styleguide(request: HttpRequest) -> HttpResponse:
    context = {
        "filters": parse(request.GET, today=date(2026, 11, 20), zone="Europe/Berlin", options=OPTIONS),
        "freshness": Freshness(datetime(2026, 11, 20, 13, 2, tzinfo=UTC), late=True),
        "tabs_row": [Tab("Components", "?", current=True), Tab("Another view", "?tab=other")],
        "attention": ATTENTION,
        "tiles": samples.tiles(),
        "line_card": samples.line_card(),
        "cards": [
            samples.columns_card(),
            samples.histogram_card(),
            samples.band_card(),
            samples.peers_card(),
            samples.cells_card(),
            samples.funnel_card(),
            samples.heat_card(),
            samples.effects_card(),
            *samples.state_cards(),
        ],
    }
    return render(request, "styleguide.html", context)
