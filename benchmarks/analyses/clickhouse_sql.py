"""Each kind of analysis in ClickHouse's SQL, with its own functions, on a table in the order of persons and times."""

from datetime import date

from benchmarks.analyses.plain import FEATURES, FUNNEL_DAYS, FUNNEL_EVENTS, Days, Plain, reached
from benchmarks.analyses.questions import DEPTH

DAY = "intDiv(at_us, 86400000000)"
WEEK = f"toInt32(intDiv({DAY} + 3, 7))"  # the first day of 1970 was a Thursday
MONTH = f"toRelativeMonthNum(toDate({DAY}))"


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


def _within(days: Days) -> str:
    since, until = (_day(day) * 86_400_000_000 for day in (days.first, days.until))
    return f"at_us >= {since} AND at_us < {until}"


def _day(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _trend(days: Days) -> Plain:
    counted = (
        f"SELECT {DAY} AS day, uniqExact(person) AS people FROM events WHERE active AND {_within(days)} GROUP BY day"
    )
    return Plain((f"SELECT toString(toDate(day)) AS period, people FROM ({counted})",), 1)


def _funnel(days: Days) -> Plain:
    """``windowFunnel`` tells how far everyone got, and no times."""
    conditions = ", ".join(f"event = '{event}'" for event in FUNNEL_EVENTS)
    names = ", ".join(f"'{event}'" for event in FUNNEL_EVENTS)
    window = FUNNEL_DAYS * 86_400_000_000
    levels = f"""
        SELECT windowFunnel({window})(at_us, {conditions}) AS level
        FROM events WHERE event IN ({names}) AND {_within(days)} GROUP BY person
    """
    steps = list(range(len(FUNNEL_EVENTS)))
    return Plain(
        (f"SELECT step, countIf(level > step) AS count FROM ({levels}) ARRAY JOIN {steps} AS step GROUP BY step",), 1
    )


def _retention(days: Days) -> Plain:
    """Its function ``retention`` answers one cohort at a time: the months of everyone, as bits, answer all."""
    base = days.first_cohort
    people = f"""
        SELECT min({MONTH}) AS first, groupBitOr(bitShiftLeft(toUInt64(1), greatest({MONTH} - {base - 1}, 0))) AS months
        FROM events WHERE active GROUP BY person
    """
    return Plain(
        (
            f"""
            SELECT first - {base} AS cohort, month + {base - 1} - first AS distance, count() AS people
            FROM ({people}) ARRAY JOIN bitPositionsToArray(months) AS month
            WHERE first >= {base} GROUP BY cohort, distance
            """,
        ),
        2,
    )


def _lifecycle(days: Days) -> Plain:
    people = f"""
        SELECT arraySort(groupUniqArrayIf({WEEK}, active)) AS weeks, min({WEEK}) AS created FROM events GROUP BY person
    """
    statuses = f"""
        SELECT arrayJoin(arrayConcat(
            [(week, multiIf(week = created, 1, before = week - 1, 2, 3))], if(after = week + 1, [], [(week + 1, 4)])
        )) AS status
        FROM ({people})
        ARRAY JOIN weeks AS week, arrayPushFront(arrayPopBack(weeks), -9) AS before,
            arrayPushBack(arrayPopFront(weeks), -9) AS after
    """
    last = (_day(days.last) + 3) // 7
    return Plain(
        (
            f"""
            SELECT toString(toDate(status.1 * 7 - 3)) AS period,
                countIf(status.2 = 1) AS new, countIf(status.2 = 2) AS returning,
                countIf(status.2 = 3) AS resurrected, countIf(status.2 = 4) AS dormant
            FROM ({statuses}) WHERE status.1 <= {last} GROUP BY period
            """,
        ),
        1,
    )


def _stickiness(days: Days) -> Plain:
    people = f"SELECT uniqExact({WEEK}) AS weeks FROM events WHERE active AND {_within(days)} GROUP BY person"
    return Plain((f"SELECT weeks, count() AS people FROM ({people}) GROUP BY weeks",), 1)


def _paths(days: Days) -> Plain:
    """Arrays of everyone's events, cut where a path ends; of the same step in a row the last one stays."""
    name = """
        multiIf(type NOT IN ('page', 'screen') OR page = '', event,
            type = 'page' AND endsWith(page, '/') AND length(page) > 1, substring(page, 1, length(page) - 1), page)
    """
    visits = f"""
        SELECT person, session_id, arraySort(groupArray((at_us, source, message_id, {name}))) AS sent
        FROM events WHERE active AND {_within(days)} GROUP BY person, session_id
    """
    silent = "session_id = '' AND toInt64(now.1) - toInt64(before.1) > 1800000000"
    paths = f"""
        SELECT person, arrayJoin(
            arraySplit((now, before) -> {silent}, sent, arrayPushFront(arrayPopBack(sent), sent[1]))
        ) AS path
        FROM ({visits})
    """
    steps = f"""
        SELECT person, arraySlice(arrayFilter(
            (now, after) -> now.4 != after.4, path, arrayPushBack(arrayPopFront(path), (0, 0, '', ''))
        ), 1, {DEPTH}) AS steps
        FROM ({paths})
    """
    links = f"""
        CREATE TEMPORARY TABLE links ENGINE = Memory AS
        SELECT person, number AS step, toLowCardinality(now.4) AS source, toLowCardinality(then.4) AS target,
            then.1 - now.1 AS took
        FROM ({steps})
        ARRAY JOIN arrayPopBack(steps) AS now, arrayPopFront(steps) AS then,
            arrayEnumerate(arrayPopBack(steps)) AS number
    """
    counted = """
        CREATE TEMPORARY TABLE counted ENGINE = Memory AS
        SELECT step, source, target, uniqExact(person) AS people, count() AS paths
        FROM links GROUP BY step, source, target
    """
    shown = f"CREATE TEMPORARY TABLE shown ENGINE = Memory AS WITH {reached('counted')} SELECT * FROM reached"
    answer = """
        SELECT concat(toString(step), '_', source) AS from_node, concat(toString(step + 1), '_', target) AS to_node,
            uniqExact(person) AS people, count() AS paths, quantileExactInclusive(0.5)(took) / 1e6 AS median_seconds,
            0 AS left_out_links, 0 AS left_out_people
        FROM links WHERE (step, source, target) IN shown GROUP BY step, source, target
        UNION ALL
        SELECT '', '', 0, 0, 0, (SELECT count() FROM counted) - (SELECT count() FROM shown), uniqExact(person)
        FROM links WHERE (step, source, target) NOT IN shown
    """
    earlier = tuple(f"DROP TABLE IF EXISTS {name}" for name in ("links", "counted", "shown"))
    return Plain((*earlier, links, counted, shown, answer), 2)


def _sessions(days: Days) -> Plain:
    named = """
        SELECT argMax(person, (by_user, at_us)) AS person, min(at_us) AS start, max(at_us) AS end, count() AS events
        FROM events WHERE active AND session_id != '' GROUP BY source, device, session_id
    """
    sent = "SELECT arraySort(groupArray((at_us, by_user, person))) AS sent FROM events"
    silent = "(now, before) -> toInt64(now.1) - toInt64(before.1) > 1800000000"
    cut = f"""
        SELECT arrayJoin(arraySplit({silent}, sent, arrayPushFront(arrayPopBack(sent), sent[1]))) AS visit
        FROM ({sent} WHERE active AND session_id = '' GROUP BY source, device)
    """
    unnamed = f"""
        SELECT arrayReverseSort(one -> (one.2, one.1), visit)[1].3, visit[1].1, visit[-1].1, length(visit) FROM ({cut})
    """
    visits = f"SELECT * FROM ({named} UNION ALL {unnamed}) WHERE {_within(days).replace('at_us', 'start')}"
    people = f"""
        SELECT person, count() AS sessions, countIf(events = 1) AS bounces, min(start) AS first,
            groupArrayIf((end - start) / 1e6, events > 1) AS seconds
        FROM ({visits}) GROUP BY person
    """
    created = "SELECT person, min(at_us) AS created FROM events GROUP BY person"
    since = f"greatest(intDiv(least(created, first), 86400000000), {_day(days.first)})"
    return Plain(
        (
            f"""
            SELECT sum(sessions) AS count, avgArray(seconds) AS mean_seconds,
                quantileExactInclusiveArray(0.5)(seconds) AS median_seconds,
                quantileExactInclusiveArray(0.9)(seconds) AS p90_seconds,
                sum(bounces) / sum(sessions) AS bounce_rate,
                avg(sessions * 7 / ({_day(days.until)} - {since})) AS per_person_per_week
            FROM ({people}) AS visitors JOIN ({created}) AS people USING (person)
            """,
        ),
        0,
    )


def _adoption(days: Days) -> Plain:
    features = ", ".join(f"if({condition}, '{feature}', '')" for feature, condition in FEATURES.items())
    uses = f"""
        SELECT person, event, page, count() AS times, min(at_us) AS first, min({MONTH}) AS first_month,
            max({MONTH}) AS last_month
        FROM events WHERE active AND {_within(days)} GROUP BY person, event, page
    """
    users = f"""
        SELECT arrayJoin(arrayFilter(one -> one != '', [{features}])) AS feature, person, sum(times) AS times,
            min(first) AS first, min(first_month) AS first_month, max(last_month) AS last_month
        FROM ({uses}) GROUP BY feature, person
    """
    created = "SELECT person, min(at_us) AS created FROM events GROUP BY person"
    last = days.last.year * 12 + days.last.month
    return Plain(
        (
            f"""
            SELECT feature, count() AS people, sum(times) AS times,
                quantileExactInclusive(0.5)(first - created) / 1e6 AS first_use_median_seconds,
                countIf(first_month < {last} AND last_month > first_month) AS returned,
                countIf(first_month < {last}) AS could_return
            FROM ({users}) AS users JOIN ({created}) AS people USING (person) GROUP BY feature
            """,
        ),
        1,
    )


def _concentration(days: Days) -> Plain:
    counts = f"SELECT count() AS sent FROM events WHERE active AND {_within(days)} GROUP BY person"
    spread = f"""
        SELECT arraySort(groupArray(sent)) AS each, length(each) AS people, arraySum(each) AS events FROM ({counts})
    """
    return Plain(
        (
            f"""
            SELECT people, events,
                arraySum((one, place) -> (2 * place - toInt64(people) - 1) * one, each, arrayEnumerate(each))
                    / people / events AS gini,
                arraySum((one, place) -> one * least(1, greatest(0, place - 0.9 * people)), each, arrayEnumerate(each))
                    / events AS share_of_top
            FROM ({spread})
            """,
        ),
        0,
    )
