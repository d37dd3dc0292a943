"""Each kind of analysis in PostgreSQL's SQL, on one table with covering indexes on time, person and event."""

from benchmarks.analyses.plain import FEATURES, FUNNEL_DAYS, FUNNEL_EVENTS, Days, Plain, reached
from benchmarks.analyses.questions import DEPTH


def plain(kind: str, days: Days) -> Plain:
    return {
        "trend": _trend,
        "funnel": _funnel,
        "retention": _retention,
        "lifecycle": _lifecycle,
        "stickiness": _stickiness,
        "paths": _paths,
        "sessions": _sessions,
        "adoption": _adoption,
        "concentration": _concentration,
    }[kind](days)


def _within(days: Days, column: str = "at") -> str:
    return f"{column} >= '{days.first}' AND {column} < '{days.until}'"


def _trend(days: Days) -> Plain:
    people = f"SELECT DISTINCT at::date AS day, person FROM events WHERE active AND {_within(days)}"
    return Plain((f"SELECT day AS period, count(*) AS people FROM ({people}) AS seen GROUP BY day",), 1)


def _funnel(days: Days) -> Plain:
    """Of each event that is step k, the start of the most recent attempt that got to the step before."""
    names = ", ".join(f"'{event}'" for event in FUNNEL_EVENTS)
    numbers = " ".join(f"WHEN '{event}' THEN {step}" for step, event in enumerate(FUNNEL_EVENTS))
    attempts = f"""
        SELECT person, at, CASE event {numbers} END AS step,
            CASE WHEN event = '{FUNNEL_EVENTS[0]}' THEN at END AS start_0
        FROM events WHERE event IN ({names}) AND {_within(days)}
    """
    for step in range(1, len(FUNNEL_EVENTS)):
        standing = f"""
            SELECT *, max(start_{step - 1}) OVER own AS came FROM ({attempts}) AS stood
            WINDOW own AS (PARTITION BY person ORDER BY at, step ROWS UNBOUNDED PRECEDING)
        """
        earlier = ", ".join(f"start_{number}" for number in range(step))
        attempts = f"""
            SELECT person, at, step, {earlier},
                CASE WHEN step = {step} AND at <= came + interval '{FUNNEL_DAYS} days' THEN came END AS start_{step}
            FROM ({standing}) AS went
        """
    last = len(FUNNEL_EVENTS) - 1
    furthest = " ".join(f"WHEN count(start_{step}) > 0 THEN {step}" for step in range(last, 0, -1))
    firsts = ", ".join(f"min(start_{step})" for step in range(last, -1, -1))
    reached_at = ", ".join(f"min(at) FILTER (WHERE start_{step} = start) AS at_{step}" for step in range(last + 1))
    lines = ", ".join(
        f"({step}, at_{step}, {f'extract(epoch FROM at_{step} - at_{step - 1})::float' if step else 'NULL'})"
        for step in range(last + 1)
    )
    return Plain(
        (
            f"""
            WITH attempts AS MATERIALIZED ({attempts}), best AS (
                SELECT person, CASE {furthest} ELSE 0 END AS far, coalesce({firsts}) AS start
                FROM attempts GROUP BY person
            ), done AS (
                SELECT far, {reached_at} FROM attempts JOIN best USING (person) WHERE start IS NOT NULL
                GROUP BY person, far
            )
            SELECT step, count(*) AS count, avg(seconds) AS mean_seconds,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds,
                percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) AS p90_seconds
            FROM done, LATERAL (VALUES {lines}) AS line (step, reached_at, seconds) WHERE step <= far GROUP BY step
            """,
        ),
        1,
    )


def _month(at: str) -> str:
    return f"(extract(year FROM {at}) * 12 + extract(month FROM {at}))::int"


def _retention(days: Days) -> Plain:
    base = days.first_cohort
    return Plain(
        (
            f"""
            WITH seen AS (
                SELECT DISTINCT person, date_trunc('month', at) AS month FROM events
                WHERE active AND at < '{days.until}'
            ), numbered AS (
                SELECT {_month("month")} AS month, min({_month("month")}) OVER (PARTITION BY person) AS first FROM seen
            )
            SELECT first - {base} AS cohort, month - first AS distance, count(*) AS people
            FROM numbered WHERE first >= {base} GROUP BY 1, 2
            """,
        ),
        2,
    )


def _lifecycle(days: Days) -> Plain:
    return Plain(
        (
            f"""
            WITH seen AS (
                SELECT DISTINCT person, date_trunc('week', at)::date AS week FROM events
                WHERE active AND at < '{days.until}'
            ), created AS (
                SELECT person, date_trunc('week', min(at))::date AS created FROM events GROUP BY person
            ), neighbours AS (
                SELECT week, created, lag(week) OVER own AS before, lead(week) OVER own AS after
                FROM seen JOIN created USING (person) WINDOW own AS (PARTITION BY person ORDER BY week)
            ), statuses AS (
                SELECT week, CASE WHEN week = created THEN 1 WHEN before = week - 7 THEN 2 ELSE 3 END AS status
                FROM neighbours
                UNION ALL SELECT week + 7, 4 FROM neighbours WHERE after IS DISTINCT FROM week + 7
            )
            SELECT week AS period, count(*) FILTER (WHERE status = 1) AS new,
                count(*) FILTER (WHERE status = 2) AS returning, count(*) FILTER (WHERE status = 3) AS resurrected,
                count(*) FILTER (WHERE status = 4) AS dormant
            FROM statuses WHERE week <= '{days.last}' GROUP BY week
            """,
        ),
        1,
    )


def _stickiness(days: Days) -> Plain:
    seen = f"SELECT DISTINCT person, date_trunc('week', at) AS week FROM events WHERE active AND {_within(days)}"
    people = f"SELECT count(*) AS weeks FROM ({seen}) AS seen GROUP BY person"
    return Plain((f"SELECT weeks, count(*) AS people FROM ({people}) AS people GROUP BY weeks",), 1)


def _paths(days: Days) -> Plain:
    return Plain(
        (
            f"""
            WITH named AS (
                SELECT person, session_id, at, source, message_id, CASE
                    WHEN type NOT IN ('page', 'screen') OR page = '' THEN event
                    WHEN type = 'page' AND right(page, 1) = '/' AND length(page) > 1 THEN left(page, -1)
                    ELSE page END AS name
                FROM events WHERE active AND {_within(days)}
            ), marked AS (
                SELECT *, name IS DISTINCT FROM lag(name) OVER own AS changes,
                    (session_id IS DISTINCT FROM lag(session_id) OVER own
                        OR session_id = '' AND at - lag(at) OVER own > interval '30 minutes') AS parts
                FROM named WINDOW own AS (PARTITION BY person ORDER BY session_id, at, source, message_id)
            ), numbered AS (
                SELECT person, name, at, sum(parts::int) OVER own AS path,
                    sum((parts OR changes)::int) OVER own AS place
                FROM marked WINDOW own AS (PARTITION BY person ORDER BY session_id, at, source, message_id)
            ), items AS (
                SELECT person, path, place, min(name) AS name, max(at) AS at FROM numbered GROUP BY person, path, place
            ), steps AS (
                SELECT person, name AS target, row_number() OVER own AS number, lag(name) OVER own AS source,
                    extract(epoch FROM at - lag(at) OVER own)::float AS seconds
                FROM items WINDOW own AS (PARTITION BY person, path ORDER BY place)
            ), links AS MATERIALIZED (
                SELECT person, number - 1 AS step, source, target, seconds
                FROM steps WHERE number BETWEEN 2 AND {DEPTH}
            ), counted AS MATERIALIZED (
                SELECT step, source, target, count(DISTINCT person) AS people, count(*) AS paths,
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS median_seconds
                FROM links GROUP BY step, source, target
            ), {reached("counted")}
            SELECT step || '_' || source, step + 1 || '_' || target, people, paths, median_seconds,
                0 AS left_out_links, 0 AS left_out_people
            FROM counted JOIN reached USING (step, source, target)
            UNION ALL
            SELECT '', '', 0, 0, 0, (SELECT count(*) FROM counted) - (SELECT count(*) FROM reached), (
                SELECT count(DISTINCT person) FROM links WHERE NOT EXISTS (
                    SELECT FROM reached
                    WHERE (reached.step, reached.source, reached.target) = (links.step, links.source, links.target)
                )
            )
            """,
        ),
        2,
    )


def _sessions(days: Days) -> Plain:
    """A session is silent for 30 minutes at most, unless the SDK names it; none of these data lasts a day."""
    length = "FILTER (WHERE events > 1)"
    return Plain(
        (
            f"""
            WITH marked AS (
                SELECT source, device, session_id, at, person, by_user,
                    coalesce(session_id = '' AND at - lag(at) OVER own > interval '30 minutes', true)::int AS begins
                FROM events WHERE active WINDOW own AS (PARTITION BY source, device, session_id ORDER BY at)
            ), numbered AS (
                SELECT *, sum(begins) OVER (PARTITION BY source, device, session_id ORDER BY at) AS number FROM marked
            ), visits AS (
                SELECT (array_agg(person ORDER BY by_user DESC, at DESC))[1] AS person, min(at) AS start,
                    count(*) AS events, extract(epoch FROM max(at) - min(at))::float AS seconds
                FROM numbered GROUP BY source, device, session_id, number
            ), chosen AS MATERIALIZED (
                SELECT * FROM visits WHERE {_within(days, "start")}
            ), created AS (
                SELECT person, min(at) AS created FROM events GROUP BY person
            ), visitors AS (
                SELECT person, count(*) AS sessions, least(min(start), min(created))::date AS since
                FROM chosen JOIN created USING (person) GROUP BY person
            )
            SELECT count(*) AS count, avg(seconds) {length} AS mean_seconds,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) {length} AS median_seconds,
                percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) {length} AS p90_seconds,
                avg((events = 1)::int) AS bounce_rate, (
                    SELECT avg(sessions * 7.0 / ('{days.until}' - greatest(since, '{days.first}'))) FROM visitors
                ) AS per_person_per_week
            FROM chosen
            """,
        ),
        0,
    )


def _adoption(days: Days) -> Plain:
    features = ", ".join(f"('{feature}', {condition})" for feature, condition in FEATURES.items())
    last = days.last.replace(day=1)
    return Plain(
        (
            f"""
            WITH used AS (
                SELECT person, event, page, count(*) AS times, min(at) AS first, max(at) AS last
                FROM events WHERE active AND {_within(days)} GROUP BY person, event, page
            ), users AS (
                SELECT feature, person, sum(times) AS times, min(first) AS first,
                    date_trunc('month', min(first)) AS first_month, date_trunc('month', max(last)) AS last_month
                FROM used, LATERAL (VALUES {features}) AS told (feature, uses) WHERE uses GROUP BY feature, person
            ), created AS (
                SELECT person, min(at) AS created FROM events GROUP BY person
            )
            SELECT feature, count(*) AS people, sum(times) AS times,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first - created)::float)
                    AS first_use_median_seconds,
                count(*) FILTER (WHERE first_month < '{last}' AND last_month > first_month) AS returned,
                count(*) FILTER (WHERE first_month < '{last}') AS could_return
            FROM users JOIN created USING (person) GROUP BY feature
            """,
        ),
        1,
    )


def _concentration(days: Days) -> Plain:
    return Plain(
        (
            f"""
            WITH placed AS (
                SELECT count(*) AS sent, row_number() OVER (ORDER BY count(*)) AS place,
                    count(*) OVER () AS people, sum(count(*)) OVER () AS events
                FROM events WHERE active AND {_within(days)} GROUP BY person
            )
            SELECT max(people) AS people, max(events) AS events,
                sum((2 * place - people - 1) * sent) / max(people) / max(events) AS gini,
                sum(sent * least(1, greatest(0, place - 0.9 * people))) / max(events) AS share_of_top
            FROM placed
            """,
        ),
        0,
    )
