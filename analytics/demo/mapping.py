"""The features of the invented product, and its core areas."""

from django.db import transaction

from analytics.features.models import Feature
from analytics.features.services import add_area, add_feature
from analytics.metrics.features import Rule

AREAS = {
    "A": "Wallet home",
    "B": "Atomic swap",
    "C": "Multi-chain",
    "D": "Video studio",
    "E": "Working together",
}


def _event(name: str) -> Rule:
    return Rule("event", "exact", name)


def _events(prefix: str) -> Rule:
    return Rule("event", "prefix", prefix)


def _page(path: str, screen: str) -> tuple[Rule, Rule]:
    """A page of the web, and what it is called in the apps."""
    return Rule("page", "exact", path), Rule("page", "exact", screen)


# key, name, area, rules
FEATURES = (
    ("deposits", "Deposits", "A", (_event("deposit_completed"),)),
    ("transactions", "Transactions", "A", (_event("transaction_completed"),)),
    ("wallet", "Wallet home", "A", _page("/wallet", "Wallet home")),
    ("swap", "Swap", "B", (_events("swap_"), *_page("/swap", "Swap"))),
    ("chains", "Chains", "C", (_event("chain_switched"), *_page("/chains", "Chains"))),
    ("videos", "Making videos", "D", (Rule("event", "regex", "^(first_)?video_created$"), *_page("/studio", "Studio"))),
    ("templates", "Templates", "D", (_events("template_"), *_page("/templates", "Templates"))),
    ("search", "Search", "D", (_event("searched"),)),
    ("sharing", "Sharing", "E", (_event("video_shared"), *_page("/videos", "My videos"))),
    ("comments", "Comments", "E", (_event("comment_added"),)),
    ("invitations", "Invitations", "E", (_events("invite_"),)),
    ("help", "Help", "", _page("/help", "Help")),
)


@transaction.atomic
def map_features() -> None:
    """Write the mapping, unless there is one."""
    if Feature.objects.exists():
        return
    areas = {key: add_area(key=key, name=name, user=None) for key, name in AREAS.items()}
    for key, name, area, rules in FEATURES:
        add_feature(key=key, name=name, area=areas.get(area), rules=rules, user=None)
