"""The rows by which an import's people are known: a few instead of all."""

from collections.abc import Iterable

from analytics.event import EventRow


def telling(rows: Iterable[EventRow]) -> list[EventRow]:
    """As few of ``rows``, in their order, as say the same about who is who, since when, and in which account.

    Of each combination of ids and account the earliest row, and the earliest with a touch; and
    every row that brings traits or an alias.
    """
    kept: dict[object, EventRow] = {}
    for row in rows:
        key: object
        if row.traits or row.previous_id:
            key = row.message_id, row.type
        else:
            key = row.user_id, row.anonymous_id, row.account, bool(row.touch)
        known = kept.get(key)
        if known is None or row.at_us < known.at_us:
            kept[key] = row
    return list(kept.values())
