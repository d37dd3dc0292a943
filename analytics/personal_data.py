"""Tells the registry of personal data what analytics keeps of a person."""

from productops.lib import person_data


def register() -> None:
    from analytics.erasure import erase_from_analytics
    from analytics.explore.segments.services import forget_members, lists_of
    from analytics.person_export import export_from_analytics

    person_data.register("analytics", export=export_from_analytics, erase=erase_from_analytics)
    person_data.register(
        "segments",
        export=lambda ids: lists_of(ids.identities),
        erase=lambda ids: forget_members(ids.identities),
    )
