"""``user_day``: what every actor did on a day, by platform and account."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from analytics.rollups.counted import ACTION_TYPES, is_active

KEY = ("actor", "day", "platform", "account")
NEVER = 2**63 - 1


def user_day(events: ir.Table, *, signups: Sequence[str], key_actions: Sequence[str]) -> ir.Table:
    """Rows of ``store.schema.USER_DAY`` from events of someone that carry their local ``day``.

    ``signups`` and ``key_actions`` name the track events that are these. They count though they be
    passive: a deposit that a server reports is no activity, but the deposit was made.
    """
    marked = events.mutate(
        active=is_active(events),
        signed_up=_is_goal(events, signups),
        key=_is_goal(events, key_actions),
    )
    rows = marked.group_by(KEY).agg(
        first_us=marked.at_us.min(),
        last_us=marked.active.ifelse(marked.at_us, 0).max(),
        events=marked.count(),
        active_events=ibis.ifelse(marked.active, 1, 0).sum(),
        key_actions=ibis.ifelse(marked.key, 1, 0).sum(),
        first_signup_us=marked.signed_up.ifelse(marked.at_us, NEVER).min(),
    )
    rows = rows.mutate(signup_us=(rows.first_signup_us == NEVER).ifelse(0, rows.first_signup_us))
    segments = _last_segments(events)
    joined = rows.left_join(segments, list(KEY))
    return joined.select(
        *(rows[name] for name in KEY),
        customer_segment=segments.customer_segment.fill_null(""),
        **{name: rows[name] for name in ("first_us", "last_us", "events", "active_events", "key_actions", "signup_us")},
    )


def _is_goal(events: ir.Table, names: Sequence[str]) -> ir.BooleanValue:
    return (events.type == "track") & events.event.isin(list(names)) if names else ibis.literal(False)


def _last_segments(events: ir.Table) -> ir.Table:
    """KEY and the customer segment that an action was sent with last; of two in the same microsecond the later by name.

    What identify and group state holds from then on, not only that day: it goes into ``trait_history``.
    """
    sent = events.filter((events.customer_segment != "") & events.type.isin(ACTION_TYPES))
    sent = sent.group_by([*KEY, "customer_segment"]).agg(sent_us=sent.at_us.max())
    place = ibis.row_number().over(group_by=KEY, order_by=[sent.sent_us.desc(), sent.customer_segment.desc()])
    return sent.mutate(place=place).filter(lambda t: t.place == 0).select(*KEY, "customer_segment")
