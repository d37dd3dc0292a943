"""What a night derives from raw events, in plain SQL: whose each event is, and the dimensions as of its day.

It begins where a night begins: with events as they were sent, the map of identities, and the channel
of each touch. It ends with the tables ``events`` and ``sessions`` that the figures are counted from.
Tables between are unlogged rather than temporary, for PostgreSQL reads temporary ones with one processor.
"""

from collections.abc import Sequence

DIMENSIONS = ("platform", "customer_segment", "channel", "persona")

# Columns of the tables that are given; a night reads the same.
GIVEN = {
    "events": (
        *("source", "message_id", "type", "event", "at_us", "actor", "anon", "device", "session_id"),
        *("account", "platform", "touch", "customer_segment", "flags", "properties"),
    ),
    "identities": ("actor", "person"),
    "touch_channels": ("touch", "channel"),
}
TABLES = (
    "CREATE SCHEMA given",
    """
    CREATE TABLE given.events (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source bigint, message_id text, type text, event text, at_us bigint, actor bigint, anon bigint,
        device bigint, session_id text, account text, platform text, touch text, customer_segment text,
        flags int, properties jsonb
    )
    """,
    "CREATE TABLE given.identities (actor bigint PRIMARY KEY, person bigint)",
    "CREATE TABLE given.touch_channels (touch text PRIMARY KEY, channel text)",
)
INDEXES = (
    "CREATE INDEX ON given.events (actor, at_us)",
    "CREATE INDEX ON given.events (source, device, session_id, at_us, message_id)",
    "CREATE INDEX ON given.events (touch) WHERE touch <> ''",
    "CREATE INDEX ON given.events (id) WHERE properties ? 'wallet_balance'",
    "VACUUM ANALYZE given.events",
    "VACUUM ANALYZE given.identities",
    "VACUUM ANALYZE given.touch_channels",
)


def derivation(signups: Sequence[str], key_actions: Sequence[str], through: str) -> dict[str, str]:
    """Name of the table → the query that makes it, in order.

    Given are the events that are goals, and the last whole day, up to which personas are known.
    """
    return {
        "happened": _happened(signups, key_actions),
        "visits": _VISITS,
        "people": _PEOPLE,
        "channels": _CHANNELS,
        "joined_accounts": _as_of_days("person", "account", "type = 'group'"),
        "account_segments": _as_of_days("account", "customer_segment", "type = 'group' AND account <> ''"),
        "person_segments": _as_of_days("person", "customer_segment", "type <> 'group'"),
        "balances": _BALANCES,
        "cut_offs": _cut_offs(through),
        "personas": _personas(through),
        "days": _days(through),
        "events": _EVENTS,
        "sessions": _SESSIONS,
    }


def _happened(signups: Sequence[str], key_actions: Sequence[str]) -> str:
    """Every event of someone, with the person and the day (these data keep their days in UTC)."""
    return f"""
        SELECT sent.*, coalesce(person, actor) AS person, date '1970-01-01' + (at_us / 86400000000)::int AS day,
            type IN ('track', 'page', 'screen') AS action,
            type IN ('track', 'page', 'screen') AND flags & 1 = 0 AS active,
            type = 'track' AND event IN ({_texts(signups)}) AS signup,
            type = 'track' AND event IN ({_texts(key_actions)}) AS key_action
        FROM given.events AS sent LEFT JOIN given.identities USING (actor)
        WHERE actor <> 0 AND flags & 2 = 0
    """


def _texts(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


# A session is silent for 30 minutes at most, unless the SDK names it; none of these data lasts a day.
_VISITS = """
    WITH steps AS (
        SELECT id, source, device, session_id, at_us, message_id, person, day, actor <> anon AS by_user,
            coalesce(session_id = '' AND at_us - lag(at_us) OVER own > 1800000000, true)::int AS begins
        FROM happened WHERE active
        WINDOW own AS (PARTITION BY source, device, session_id ORDER BY at_us, message_id)
    ), numbered AS (
        SELECT *, sum(begins) OVER (PARTITION BY source, device, session_id ORDER BY at_us, message_id) AS number
        FROM steps
    )
    SELECT
        (array_agg(person ORDER BY by_user DESC, at_us DESC, message_id DESC))[1] AS person,
        (array_agg(id ORDER BY at_us, message_id))[1] AS first_event,
        min(day) AS day, count(*) AS events, (max(at_us) - min(at_us)) / 1e6::float AS seconds
    FROM numbered GROUP BY source, device, session_id, number
"""
_PEOPLE = """
    SELECT person, min(day) AS created, min(day) FILTER (WHERE signup) AS signed_up,
        min(at_us) FILTER (WHERE signup) AS signup_us
    FROM happened GROUP BY person
"""
# The first touch, but for direct, in the 90 days up to the signup; or ever, of who never signed up.
_CHANNELS = """
    SELECT DISTINCT ON (person) person, channel
    FROM happened JOIN given.touch_channels USING (touch) JOIN people USING (person)
    WHERE touch <> '' AND channel NOT IN ('', 'direct')
        AND (signup_us IS NULL OR at_us BETWEEN signup_us - 90 * 86400000000 AND signup_us)
    ORDER BY person, at_us, channel
"""


def _as_of_days(subject: str, value: str, told: str) -> str:
    """What was told last on each day, and the day from which on something else holds."""
    return f"""
        SELECT {subject}, {value}, day AS from_day,
            lead(day, 1, 'infinity') OVER (PARTITION BY {subject} ORDER BY day) AS until_day
        FROM (
            SELECT DISTINCT ON ({subject}, day) {subject}, day, {value}
            FROM happened WHERE {value} <> '' AND {told}
            ORDER BY {subject}, day, at_us DESC, source DESC, message_id DESC
        ) AS daily
    """


_BALANCES = """
    SELECT DISTINCT ON (person, day) person, day, (properties ->> 'wallet_balance')::float AS balance
    FROM happened WHERE type <> 'group' AND properties ? 'wallet_balance'
    ORDER BY person, day, at_us DESC, balance DESC
"""


def _cut_offs(through: str) -> str:
    """From how many key actions in 28 days, and from which balance on one is of the top 15 and 5 %."""
    return f"""
        WITH whole AS (
            SELECT max(day) AS last FROM happened WHERE active AND day <= '{through}'
        ), lately AS (
            SELECT person, count(*) FILTER (WHERE key_action) AS actions
            FROM happened, whole WHERE day BETWEEN last - 27 AND last
            GROUP BY person HAVING bool_or(active)
        ), latest AS (
            SELECT DISTINCT ON (person) person, balance
            FROM balances, whole WHERE day <= last ORDER BY person, day DESC
        ), beyond AS (
            SELECT balance FROM latest ORDER BY balance DESC
            OFFSET (SELECT floor(count(*) * 0.05::float) FROM latest) LIMIT 1
        )
        SELECT
            (SELECT actions + 1 FROM lately ORDER BY actions DESC
                OFFSET (SELECT floor(count(*) * 0.15::float) FROM lately) LIMIT 1) AS power,
            (SELECT min(balance) FROM latest WHERE balance > (SELECT balance FROM beyond)) AS whale
    """


def _personas(through: str) -> str:
    """The persona at the end of each day on which someone did something; later ones keep that of ``through``."""
    return f"""
        WITH daily AS (
            SELECT person, least(day, '{through}') AS day, bool_or(active AND day <= '{through}')::int AS active,
                count(*) FILTER (WHERE key_action AND day <= '{through}') AS actions
            FROM happened GROUP BY 1, 2
        ), lately AS (
            SELECT person, day, sum(active) OVER recent AS days, sum(actions) OVER recent AS actions
            FROM daily
            WINDOW recent AS (PARTITION BY person ORDER BY day RANGE BETWEEN '27 days' PRECEDING AND CURRENT ROW)
        ), visited AS (
            SELECT person, day, row_number() OVER (PARTITION BY person ORDER BY day) AS number FROM visits
        ), settled AS (
            SELECT person,
                greatest(day, 30 + CASE WHEN signed_up <= '{through}' THEN signed_up ELSE created END) AS since
            FROM people JOIN visited USING (person) WHERE number = 10
        ), told AS (
            SELECT person, balance, day AS from_day,
                lead(day, 1, 'infinity') OVER (PARTITION BY person ORDER BY day) AS until_day
            FROM balances
        )
        SELECT lately.person, lately.day, CASE WHEN created > '{through}' THEN 'unknown' ELSE
            CASE WHEN actions >= power AND days >= 4 THEN 'power-' ELSE 'casual-' END ||
            CASE WHEN lately.day < coalesce(since, 'infinity') THEN 'noob-'
                WHEN days > 0 THEN 'veteran-' ELSE 'lapsed-' END ||
            CASE WHEN balance >= whale THEN 'whale' ELSE 'honey_badger' END END AS persona
        FROM lately
        CROSS JOIN cut_offs
        JOIN people USING (person)
        LEFT JOIN settled USING (person)
        LEFT JOIN told ON told.person = lately.person AND lately.day >= from_day AND lately.day < until_day
    """


def _days(through: str) -> str:
    """A segment that was sent holds on its day, before what its account is, and that before what its person is."""
    return f"""
        WITH sent AS (
            SELECT actor, person, day, platform, account,
                (array_agg(customer_segment ORDER BY at_us DESC, customer_segment DESC)
                    FILTER (WHERE customer_segment <> '' AND action))[1] AS segment
            FROM happened GROUP BY actor, person, day, platform, account
        ), placed AS (
            SELECT sent.*, coalesce(nullif(sent.account, ''), joined.account, '') AS in_account
            FROM sent LEFT JOIN joined_accounts AS joined
                ON joined.person = sent.person AND day >= from_day AND day < until_day
        )
        SELECT actor, placed.day, platform, placed.account, in_account,
            coalesce(segment, theirs.customer_segment, own.customer_segment, 'unknown') AS customer_segment,
            coalesce(channel, 'direct') AS channel, persona
        FROM placed
        JOIN personas ON personas.person = placed.person AND personas.day = least(placed.day, '{through}')
        LEFT JOIN channels ON channels.person = placed.person
        LEFT JOIN account_segments AS theirs
            ON theirs.account = in_account AND placed.day >= theirs.from_day AND placed.day < theirs.until_day
        LEFT JOIN person_segments AS own
            ON own.person = placed.person AND placed.day >= own.from_day AND placed.day < own.until_day
    """


_EVENTS = """
    SELECT id, person, day, event, in_account AS account, coalesce(nullif(platform, ''), 'unknown') AS platform,
        days.customer_segment, channel, persona, active, signup, at_us
    FROM happened JOIN days USING (actor, day, platform, account)
"""
_SESSIONS = f"""
    SELECT visits.person, visits.day, {", ".join(DIMENSIONS)}, events, seconds
    FROM visits JOIN events ON events.id = first_event
"""
