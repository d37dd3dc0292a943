"""The figures of a night in plain SQL, over the tables that ``plain_derivation`` makes of raw events."""

from benchmarks.rows.plain_derivation import DIMENSIONS

GRAINS = ("day", "week", "month")

_SETS = "GROUPING SETS ((period), " + ", ".join(f"(period, {name})" for name in DIMENSIONS) + ")"
_NAMES = ", ".join(f"coalesce({name}, '') AS {name}" for name in DIMENSIONS)
_EVERY = ", ".join(DIMENSIONS)


def _active(grain: str) -> str:
    return f"""
        SELECT period::date, {_NAMES}, count(DISTINCT person), count(*)
        FROM (SELECT date_trunc('{grain}', day) AS period, * FROM events WHERE active) AS e
        GROUP BY {_SETS}
    """


# Of every day; those of weeks and months are of their last days.
_ROLLING = f"""
    WITH person_days AS MATERIALIZED (
        SELECT DISTINCT person, day, {_EVERY} FROM events WHERE active
    ), counted AS (
        SELECT period, {_NAMES},
            count(DISTINCT person) FILTER (WHERE day > period - 7) AS wau, count(DISTINCT person) AS mau
        FROM (SELECT DISTINCT day AS period FROM person_days) AS days
        JOIN person_days ON day BETWEEN period - 29 AND period
        GROUP BY {_SETS}
    ), daily AS (
        SELECT period AS day, {_NAMES}, count(DISTINCT person) AS dau
        FROM (SELECT day AS period, * FROM person_days) AS p
        GROUP BY {_SETS}
    )
    SELECT period, {_EVERY}, wau, mau, sum(dau) / 30.0 AS mean_dau
    FROM counted JOIN daily USING ({_EVERY})
    WHERE day BETWEEN period - 29 AND period
    GROUP BY period, {_EVERY}, wau, mau
"""


def _rolling(grain: str) -> str:
    return f"""
        SELECT date_trunc('{grain}', period)::date, {_EVERY}, wau, mau, wau::float / mau, mean_dau / mau
        FROM rolling
        WHERE period = (SELECT max(day) FROM events)
            OR period = (date_trunc('{grain}', period) + interval '1 {grain}')::date - 1
    """


def _lifecycle(grain: str) -> str:
    cells = ", ".join(
        ["('', '', '', '')"]
        + [f"({', '.join(name if name == chosen else chr(39) * 2 for name in DIMENSIONS)})" for chosen in DIMENSIONS]
    )
    return f"""
        WITH seen AS (
            SELECT DISTINCT person, date_trunc('{grain}', day)::date AS period, cell.*
            FROM events, LATERAL (VALUES {cells}) AS cell (in_platform, in_segment, in_channel, in_persona)
            WHERE active
        ), created AS (
            SELECT person, date_trunc('{grain}', min(day))::date AS first FROM events GROUP BY person
        ), neighbours AS (
            SELECT *, lag(period) OVER own AS before, lead(period) OVER own AS after
            FROM seen JOIN created USING (person)
            WINDOW own AS (PARTITION BY in_platform, in_segment, in_channel, in_persona, person ORDER BY period)
        ), counted AS (
            SELECT period, in_platform, in_segment, in_channel, in_persona,
                (first = period)::int AS is_new,
                (first < period AND before IS NOT DISTINCT FROM (period - interval '1 {grain}')::date)::int AS is_back,
                (first < period AND before IS DISTINCT FROM (period - interval '1 {grain}')::date)::int AS is_risen,
                0 AS is_gone
            FROM neighbours
            UNION ALL
            SELECT (period + interval '1 {grain}')::date, in_platform, in_segment, in_channel, in_persona, 0, 0, 0, 1
            FROM neighbours WHERE after IS DISTINCT FROM (period + interval '1 {grain}')::date
        )
        SELECT period, in_platform, in_segment, in_channel, in_persona,
            sum(is_new), sum(is_back), sum(is_risen), sum(is_gone)
        FROM counted GROUP BY 1, 2, 3, 4, 5
    """


_WORKSPACES = f"""
    SELECT period::date, {_NAMES}, count(*)
    FROM (
        SELECT date_trunc('week', day) AS period, account, {_EVERY}, count(DISTINCT person) AS people
        FROM events WHERE active AND account <> ''
        GROUP BY GROUPING SETS ((1, 2), {", ".join(f"(1, 2, {name})" for name in DIMENSIONS)})
    ) AS accounts
    WHERE people >= 2
    GROUP BY 1, {_EVERY}
"""


def _by_name(grain: str) -> str:
    return f"""
        SELECT date_trunc('{grain}', day)::date, event, count(*) FROM events WHERE active GROUP BY 1, 2
    """


LENGTHS = {
    "under 10 s": (0, 10),
    "10–30 s": (10, 30),
    "30–60 s": (30, 60),
    "1–3 min": (60, 180),
    "3–10 min": (180, 600),
    "10–30 min": (600, 1_800),
    "30–60 min": (1_800, 3_600),
    "1 h and more": (3_600, 1_000_000),
}
SESSION_FIGURES = (
    *(f"session_lengths: {name}" for name in LENGTHS),
    "sessions",
    "bounces",
    "bounce_rate",
    "session_length_median",
    "session_length_p90",
)


def _sessions(grain: str) -> str:
    length = "FILTER (WHERE events > 1)"
    classes = ", ".join(
        f"count(*) FILTER (WHERE events > 1 AND seconds >= {low} AND seconds < {high})"
        for low, high in LENGTHS.values()
    )
    return f"""
        SELECT period::date, {_NAMES}, {classes}, count(*), count(*) FILTER (WHERE events = 1),
            avg((events = 1)::int),
            percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) {length},
            percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) {length}
        FROM (SELECT date_trunc('{grain}', day) AS period, * FROM sessions) AS s
        GROUP BY {_SETS}
    """


def _frequency(grain: str) -> str:
    return f"""
        WITH created AS (
            SELECT person, min(day) AS created FROM events GROUP BY person
        ), visits AS (
            SELECT period::date, person, {_EVERY}, count(*) AS visits
            FROM (SELECT date_trunc('{grain}', day) AS period, * FROM sessions) AS s
            GROUP BY GROUPING SETS ((1, 2), {", ".join(f"(1, 2, {name})" for name in DIMENSIONS)})
        )
        SELECT period, {_NAMES}, avg(
            visits * 7.0 / (least((period + interval '1 {grain}')::date, (SELECT max(day) + 1 FROM events))
                - greatest(period, created)))
        FROM visits JOIN created USING (person)
        GROUP BY period, {_EVERY}
    """


def _signups(grain: str) -> str:
    return f"""
        SELECT period::date, {_NAMES}, count(DISTINCT person)
        FROM (
            SELECT date_trunc('{grain}', day) AS period, *, rank() OVER (PARTITION BY person ORDER BY at_us) AS turn
            FROM events WHERE signup
        ) AS e
        WHERE turn = 1
        GROUP BY {_SETS}
    """


# Name of a table that several queries read → the query that makes it.
SHARED = {"rolling": _ROLLING}
# Name of the query → grain, the figures in its last columns, and its text.
QUERIES: dict[str, tuple[str, tuple[str, ...], str]] = {
    **{f"rolling by {grain}": (grain, ("wau", "mau", "wau_mau", "stickiness"), _rolling(grain)) for grain in GRAINS},
    "workspaces": ("week", ("collaborative_workspaces",), _WORKSPACES),
    **{f"active by {grain}": (grain, ("active_people", "events"), _active(grain)) for grain in GRAINS},
    **{
        f"lifecycle by {grain}": (grain, ("new", "returning", "resurrected", "dormant"), _lifecycle(grain))
        for grain in GRAINS
    },
    **{f"sessions by {grain}": (grain, SESSION_FIGURES, _sessions(grain)) for grain in GRAINS},
    **{f"sessions a week by {grain}": (grain, ("sessions_per_week",), _frequency(grain)) for grain in GRAINS[1:]},
    **{f"signups by {grain}": (grain, ("signups",), _signups(grain)) for grain in GRAINS},
    **{f"events by name and {grain}": (grain, ("events_by_name",), _by_name(grain)) for grain in GRAINS},
}
