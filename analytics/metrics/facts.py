"""What people did, with the person and the dimensions looked up as of the day.

Derived tables are keyed by actor and hold what was sent. Here the person is joined, and of each
row the account, customer segment, channel and persona that held at the end of its day. Joins
that find nothing are told by 0 or by empty text, never by NULL: engines differ in which they give.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.types as ir

from analytics.metrics.calendar import DAY_US, bounds_us, date_of, local_day
from analytics.metrics.tables import Tables

DESCRIBING_TYPES = ("identify", "group", "alias")  # the others are track, page and screen
PASSIVE, BOT = 1, 2  # bits of events.flags
UNKNOWN = "unknown"
DIRECT = "direct"
LONGEST_VALUE = 60
ATTRIBUTION_DAYS = 90
NEVER = 2**62  # after every instant
LAST_DAY = 2**30  # after every day

Keep = Callable[[ir.Table], ir.Table]


@dataclass(frozen=True)
class Lookups:
    """What rows are resolved with. ``keep`` may store each table, so that several queries work it out once."""

    tables: Tables
    keep: Keep = lambda table: table

    @cached_property
    def people(self) -> ir.Table:
        return self.keep(people(self.tables))

    @cached_property
    def channels(self) -> ir.Table:
        return self.keep(_channels(self.tables, self.people))

    @cached_property
    def joined_accounts(self) -> ir.Table:
        return self.keep(_person_spans(self.tables, "account"))

    @cached_property
    def account_segments(self) -> ir.Table:
        return self.keep(_account_spans(self.tables, "customer_segment"))

    @cached_property
    def person_segments(self) -> ir.Table:
        return self.keep(_person_spans(self.tables, "customer_segment"))

    def all(self) -> "Lookups":
        """These, with every table kept by now."""
        for name in ("people", "channels", "joined_accounts", "account_segments", "person_segments"):
            getattr(self, name)
        return self


def with_person(tables: Tables, rows: ir.Table) -> ir.Table:
    """``rows`` with the person of each ``actor``."""
    return of_persons(tables.identities, rows)


def of_persons(identities: ir.Table, rows: ir.Table) -> ir.Table:
    """The same, of ``identities`` as ``Tables`` has them."""
    merged = identities.select(merged_actor="actor", merged_into="person")
    joined = rows.left_join(merged, rows.actor == merged.merged_actor)
    into = joined.merged_into.coalesce(0)
    return joined.mutate(person=ibis.ifelse(into == 0, joined.actor, into)).drop("merged_actor", "merged_into")


def people(tables: Tables) -> ir.Table:
    """``person, created, signup_us``: the day of the earliest event of any kind, the first signup or ``NEVER``."""
    seen = with_person(tables, tables.user_day)
    return seen.group_by("person").aggregate(
        created=seen.day.min(), signup_us=ibis.ifelse(seen.signup_us > 0, seen.signup_us, NEVER).min()
    )


def channels(tables: Tables) -> ir.Table:
    """``person, channel, touch_us``: of everyone who came by a channel other than ``direct``, and when that was.

    It is the first such touch in the 90 days up to the first signup, or the first ever of
    those who never signed up.
    """
    return _channels(tables, people(tables))


def _channels(tables: Tables, who: ir.Table) -> ir.Table:
    named = tables.touch_channels.filter(~tables.touch_channels.channel.isin(["", DIRECT]))
    touches = with_person(tables, tables.touches.join(named, "touch"))
    touches = touches.join(who, "person").select("person", "at_us", "channel", "signup_us")
    counted = touches.filter(
        (touches.signup_us == NEVER)
        | ((touches.at_us <= touches.signup_us) & (touches.at_us >= touches.signup_us - ATTRIBUTION_DAYS * DAY_US))
    )
    first = ibis.row_number().over(group_by=counted.person, order_by=[counted.at_us, counted.channel])
    return counted.mutate(place=first).filter(ibis._.place == 0).select("person", "channel", touch_us="at_us")


def _spans(history: ir.Table, subject: str) -> ir.Table:
    """``subject, value, from_day, until_day``: the last value of each day, until the day of the next."""
    last = ibis.row_number().over(
        group_by=[history[subject], history.day], order_by=[history.at_us.desc(), history.value]
    )
    daily = history.mutate(place=last).filter(ibis._.place == 0)
    following = daily.day.lead(1, LAST_DAY).over(group_by=daily[subject], order_by=daily.day)
    return daily.select(subject, "value", from_day="day", until_day=following)


def _person_spans(tables: Tables, field: str) -> ir.Table:
    history = tables.trait_history
    # The comparison guards the cast: an engine may cast a row before it is filtered out.
    actor = ibis.ifelse(history.subject_kind == "actor", history.subject, "0").cast("int64")
    rows = history.mutate(actor=actor).filter(history.subject_kind == "actor", history.field == field)
    return _spans(with_person(tables, rows), "person")


def _account_spans(tables: Tables, field: str) -> ir.Table:
    history = tables.trait_history
    rows = history.filter(history.subject_kind == "account", history.field == field)
    return _spans(rows.mutate(account=rows.subject), "account")


def _as_of_day(rows: ir.Table, spans: ir.Table, subject: str, name: str) -> ir.Table:
    """``rows`` with a column ``name``: the value of ``subject`` at the end of ``day``, or empty."""
    found = spans.select(span_subject=subject, span_value="value", from_day="from_day", until_day="until_day")
    joined = rows.left_join(
        found, [rows[subject] == found.span_subject, found.from_day <= rows.day, rows.day < found.until_day]
    )
    return joined.select(*rows.columns, joined.span_value.coalesce("").name(name))


def _first_of(*texts: ir.StringValue) -> ir.StringValue:
    """The first text that is not empty."""
    *earlier, result = texts
    for text in reversed(earlier):
        result = ibis.ifelse(text != "", text, result)
    return result


def _value(*texts: ir.StringValue) -> ir.StringValue:
    """The first text that is not empty, as a dimension's value: cut, since senders make these up."""
    return _first_of(*texts).left(LONGEST_VALUE)


def _with_account(lookups: Lookups, rows: ir.Table) -> ir.Table:
    joined = _as_of_day(rows, lookups.joined_accounts, "person", "joined_account")
    return joined.mutate(account=_first_of(joined.account, joined.joined_account)).drop("joined_account")


def _with_customer_segment(lookups: Lookups, rows: ir.Table) -> ir.Table:
    rows = _as_of_day(rows, lookups.account_segments, "account", "of_account")
    rows = _as_of_day(rows, lookups.person_segments, "person", "of_person")
    segment = _value(rows.customer_segment, rows.of_account, rows.of_person, ibis.literal(UNKNOWN))
    return rows.mutate(customer_segment=segment).drop("of_account", "of_person")


def _with_channel(lookups: Lookups, rows: ir.Table) -> ir.Table:
    came = lookups.channels.select(came_person="person", came_by="channel")
    joined = rows.left_join(came, rows.person == came.came_person)
    return joined.select(*rows.columns, channel=_value(joined.came_by.coalesce(""), ibis.literal(DIRECT)))


def _with_persona(tables: Tables, rows: ir.Table) -> ir.Table:
    history = tables.persona_history
    named = history.select(
        "from_day",
        "to_day",
        persona_person="person",
        named=history.ability + "-" + history.experience + "-" + history.wallet,
    )
    joined = rows.left_join(
        named, [rows.person == named.persona_person, named.from_day <= rows.day, rows.day <= named.to_day]
    )
    return joined.select(*rows.columns, persona=_value(joined.named.coalesce(""), ibis.literal(UNKNOWN)))


def resolve(tables: Tables, rows: ir.Table, wanted: Collection[str], lookups: Lookups | None = None) -> ir.Table:
    """``rows`` with ``person`` and those of account, platform, customer_segment, channel, persona that are wanted.

    ``rows`` has ``actor, day, platform, account, customer_segment`` as they were sent. A sent
    segment goes before the account's trait, and that before the person's own. ``lookups`` of
    these tables may be given to share them with other queries.
    """
    lookups = lookups or Lookups(tables)
    rows = with_person(tables, rows)
    if "account" in wanted or "customer_segment" in wanted:
        rows = _with_account(lookups, rows)
    if "customer_segment" in wanted:
        rows = _with_customer_segment(lookups, rows)
    if "channel" in wanted:
        rows = _with_channel(lookups, rows)
    if "persona" in wanted:
        rows = _with_persona(tables, rows)
    if "platform" in wanted:
        rows = rows.mutate(platform=_value(rows.platform, ibis.literal(UNKNOWN)))
    return rows


def active_days(tables: Tables, first: int, last: int, wanted: Collection[str] = ()) -> ir.Table:
    """``person, day`` and what is ``wanted``, once each, for every day a person was active, ``first`` to ``last``."""
    days = tables.user_day
    rows = days.filter(days.day.between(first, last), days.active_events > 0)
    return resolve(tables, rows, wanted).select("person", "day", *wanted).distinct()


def is_active(events: ir.Table) -> ir.BooleanValue:
    """Whether an event is activity of a person: not passive, no bot's, sent with an id."""
    return is_action(events) & ((events.flags & (PASSIVE | BOT)) == 0) & (events.actor != 0)


def is_action(events: ir.Table) -> ir.BooleanValue:
    """Whether an event says what was done, not who somebody is.

    By what it is not, one by one: so DuckDB tells it while it reads a file, and a list of texts only afterwards.
    """
    return ibis.and_(*(events.type != described for described in DESCRIBING_TYPES))


def active_events(tables: Tables, first: int, last: int, zone: str) -> ir.Table:
    """The events of these days that are activity, with their local ``day``."""
    since, until = bounds_us(date_of(first), zone)[0], bounds_us(date_of(last), zone)[1]
    rows = tables.events
    rows = rows.filter(rows.at_us >= since, rows.at_us < until, is_active(rows))
    return rows.mutate(day=local_day(rows.at_us, zone, date_of(first), date_of(last)))


def named_events(tables: Tables, first: int, last: int, zone: str, sent_segment: bool) -> ir.Table:
    """``actor, day, platform, account, event, times``: active events, counted before anything is looked up.

    With ``sent_segment`` also the ``customer_segment`` that ``user_day`` holds, so that events by
    name add up to events in every segment.
    """
    rows = active_events(tables, first, last, zone)
    key = ["actor", "day", "platform", "account"]
    counted = rows.group_by([*key, "event"]).aggregate(times=rows.count())
    if not sent_segment:
        return counted
    sent = tables.user_day.select("customer_segment", **{f"sent_{name}": name for name in key})
    joined = counted.left_join(sent, [counted[name] == sent[f"sent_{name}"] for name in key])
    return joined.select(*counted.columns, customer_segment=joined.customer_segment.coalesce(""))


def item(rows: ir.Table) -> ir.StringValue:
    """What events go by in paths: pages by their path, without a slash at its end, screens by their name."""
    length = rows.page.length()
    slashed = (rows.type == "page") & (rows.page.right(1) == "/") & (length > 1)
    page = ibis.ifelse(slashed, rows.page.left(length - 1), rows.page)
    return ibis.ifelse(rows.type.isin(["page", "screen"]) & (page != ""), page, rows.event)
