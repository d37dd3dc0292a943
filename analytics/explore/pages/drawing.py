"""The form and the cards of an Explore page, drawn once for everybody who asks the same of the same data."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from analytics.explore import kept
from analytics.explore.conditions import PERSON
from analytics.explore.pages.asked import Asked
from analytics.explore.pages.forms import bound, without_labels
from analytics.explore.pages.inquiry import Inquiry, Page
from analytics.explore.pages.names import known_names
from analytics.people.removal import PERSONAL_TRAITS
from productops.lib.drawn import Drawn
from productops.lib.periods import KNOWN

# Offered; any other IANA name may be typed.
ZONES = (
    "UTC", "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "America/Sao_Paulo",
    "Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Athens", "Africa/Lagos", "Africa/Nairobi",
    "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
    "Pacific/Auckland",
)  # fmt: skip


def drawn_form(request: HttpRequest, asked: Asked) -> SafeString:
    """What is asked, to be changed; kept unless it names what tells who somebody is."""
    names = known_names(personal=asked.inquiry.may_see_people)
    passed_on = [pair for pair in asked.inquiry.pairs if pair[0].partition(".")[0] in KNOWN and pair[0] != "tz"]
    zone = asked.filters.zone, request.GET.get("tz", "")
    drawn = Drawn(request, asked.page.kind, asked.state, zone, passed_on, names)
    is_personal = any(value.removeprefix(PERSON) in PERSONAL_TRAITS for _name, value in asked.inquiry.pairs)
    if not is_personal and (found := drawn.found()):
        return found
    form = bound(asked.page.form, asked.state, names)
    context = {"form": form, "kept": passed_on, "zones": without_labels(ZONES), "zone": asked.filters.zone}
    drawing = render_to_string("explore/form.html", context, request)
    return drawing if is_personal else drawn.keep(drawing)


def drawn_result(request: HttpRequest, page: Page, inquiry: Inquiry) -> SafeString:
    """The cards and, above them, what was asked by names that nothing has. Raises NotKnown.

    What may tell who somebody is is not kept; nor is what has another engine's SQL, or has no answer.
    """
    answer = "" if inquiry.spelled else kept.key_of(inquiry.kind, inquiry.checked, inquiry.version)
    drawn = Drawn(
        request, answer, inquiry.body, inquiry.pairs, inquiry.filters.today, inquiry.happened, inquiry.with_sql
    )
    if answer and (found := drawn.found()):
        return found
    cards = [build() for build in inquiry.cards(page.parts(inquiry)).values()]
    drawing = render_to_string("explore/result.html", {"cards": cards, "unseen": inquiry.unseen()}, request)
    if answer and not any(card.state and card.state.state == "error" for card in cards):
        drawn.keep(drawing)
    return drawing
