"""Invented figures for the styleguide: a card of each form and each state."""

from datetime import UTC, datetime
from typing import Any

from productops.lib import takeaways
from productops.lib.cards import Card, Column, Definition, Hero, Notice, Table, Target, Tile
from productops.lib.cells import Bar, Heat, Interval, Link, Spark, Tag, heat_level
from productops.lib.changes import Change
from productops.lib.charts import Chart, Mark, Position, Reference, Series

DAYS_BY_MONTH = {"Sep": (7, 14, 21, 28), "Oct": (5, 12, 19, 26), "Nov": (2, 9, 16)}
WEEKS = [f"{day} {month}" for month, days in DAYS_BY_MONTH.items() for day in days]
TEAMS = [3520, 3610, 3640, 3800, 3910, 3990, 4130, 4300, 4460, 4600, 4812]
TEAMS_BEFORE = [2840, 2900, 2880, 2960, 3010, 3050, 3040, 3120, 3180, 3230, 3300]
TREND = [5.2, 5.6, 5.1, 5.9, 6.0, 5.7, 6.2, 6.1, 6.4]
DEFINITION = Definition(
    "A workspace counts in a week in which two or more of its people were active.",
    "Bots and suppressed people never count.",
    metric="collaborative_workspaces",
)
SQL = {
    "DuckDB": "SELECT week, count(*) AS workspaces\nFROM collaborative_weeks\nGROUP BY week",
    "PostgreSQL": "SELECT week, count(*) AS workspaces\nFROM collaborative_weeks\nGROUP BY week;",
}


def tiles() -> list[Tile]:
    falling = TREND[::-1]
    up = Change(6204, 6017, noise=60)
    down = Change(412_612, 430_000)
    faster = Change(5400, 6120, "duration", better="down")
    same_share = Change(0.15, 0.1502, "percent", noise=0.01)
    same_score = Change(5.62, 5.66, "number", noise=0.09)
    return [
        Tile("Daily active", 6204, "#line", change=up, before="vs 6,017", spark=TREND),
        Tile("Monthly active", 412_612, "#line", change=down, before="vs 430,000", spark=falling),
        Tile("Stickiness (DAU ÷ MAU)", 0.15, "#line", "percent", change=same_share, before="vs 15.0%", spark=TREND),
        Tile("Time to value", 5400, "#line", "duration", change=faster, before="vs 1 h 42 min", spark=falling),
        Tile("Satisfaction, 7-point", 5.62, "#line", "number", margin="0.09", change=same_score, spark=TREND),
        Tile("Recurring revenue", 41_260.0, "#line", "money", unit="MRR", spark=TREND),
        Tile("Education accounts", 12, "#line", note="Too few people to compare", spark=[1, 4, 2, 5]),
        Tile("Today", 2310, "#line", note="Not over yet", spark=[*TREND, 2.3], incomplete=True),
    ]


def table_by_week(caption: str, series: list[Series], kind: Any = "count") -> Table:
    columns = [Column("Week"), *(Column(one.label, kind) for one in series)]
    return Table(caption, columns, [[week, *(one.values[i] for one in series)] for i, week in enumerate(WEEKS)])


def line_card() -> Card:
    change = Change(4812, 4523)
    series = [Series("This year", TEAMS), Series("year before", TEAMS_BEFORE, "reference")]
    return Card(
        key="line",
        question="Are more teams working together each week?",
        context="North Star · Weekly active collaborative workspaces",
        takeaway=takeaways.change("Collaborative workspaces", change, "four weeks ago"),
        definition=DEFINITION,
        sql=SQL,
        table=table_by_week("Weekly active collaborative workspaces", series),
        hero=Hero(
            4812,
            change=change,
            against="vs 4,523 four weeks ago",
            target=Target(5200, "Target by 31 Dec", "388 to go", "On track", "good"),
        ),
        chart=Chart(
            "lines",
            WEEKS,
            series,
            from_zero=False,
            marks=[Mark(3, "Release 4.2, templates"), Mark(7, "Price test starts")],
            references=[Reference(5200, "Target 5,200")],
        ),
        csv="#csv",
        parquet="#parquet",
        explore="#explore",
        source="Updated 14:02",
        span=8,
    )


def columns_card() -> Card:
    channels = [("Organic", "c1", 120), ("Referral", "c2", 60), ("Paid search", "c3", 90), ("Other", "other", 30)]
    series = [Series(name, [size + i * 7 % 23 for i in range(len(WEEKS))], colour) for name, colour, size in channels]
    return Card(
        key="columns",
        question="Where do new people come from?",
        context="Signups by channel and week",
        takeaway=takeaways.largest("Signups", {one.label: sum(value or 0 for value in one.values) for one in series}),
        definition=Definition("First events of a person that mean a signup."),
        sql=SQL,
        table=table_by_week("Signups by channel", series),
        chart=Chart("columns", WEEKS, series, incomplete=1),
        csv="#csv",
        actions=[Link("See these people", "#people")],
        span=6,
    )


def histogram_card() -> Card:
    labels = ["0–1", "1–2", "2–5", "5–10", "10–20", "20–40", "40–60", "60+"]
    counts = [420, 610, 980, 1240, 870, 410, 160, 70]
    return Card(
        key="histogram",
        question="How long do people stay?",
        context="Sessions by length in minutes",
        definition=Definition("From the first to the last active event of a session."),
        table=Table(
            "Sessions by length",
            [Column("Minutes"), Column("Sessions", "count")],
            list(zip(labels, counts, strict=True)),
        ),
        chart=Chart(
            "histogram",
            labels,
            [Series("Sessions", counts)],
            positions=[Position(3.2, "median"), Position(5.1, "p90")],
            axis_title="Minutes",
        ),
        span=6,
    )


def band_card() -> Card:
    rate = [0.106, 0.108, None, 0.109, 0.108, 0.115, 0.126, 0.128, 0.131, 0.13, 0.129]
    low = [value and value - 0.014 for value in rate]
    high = [value and value + 0.016 for value in rate]
    series = [Series("Finish", rate, low=low, high=high)]
    return Card(
        key="band",
        question="Is conversion improving by signup week?",
        definition=Definition("People who finish, of those who signed up in the week; with a 95% interval."),
        table=table_by_week("Conversion by signup week", series, "percent"),
        chart=Chart("lines", WEEKS, series, kind="percent", incomplete=2),
        span=6,
    )


def peers_card() -> Card:
    platforms = (("web", 510, 22, "c1"), ("ios", 480, 9, "c2"), ("android", 470, 8, "c3"))
    series = [
        Series(name, [start + i * slope for i in range(len(WEEKS))], colour) for name, start, slope, colour in platforms
    ]
    return Card(
        key="peers",
        question="Which platform grows?",
        definition=Definition("Active people by platform."),
        table=table_by_week("Active people by platform", series),
        chart=Chart("lines", WEEKS, series),
        span=6,
    )


def cells_card() -> Card:
    columns = [
        Column("Channel", sort="channel"),
        Column("People", "count", sort="people"),
        Column("Rate", "percent", sort="rate"),
        Column("95% interval, 0–25%", wide=True),
        Column("Share", wide=True, phone=False),
        Column("MRR", "money", "per month"),
        Column("Trend", phone=False),
        Column("vs prior", "points"),
        Column("Status"),
    ]
    channels = [
        (Link("Referral", "#cells", "By invitation"), 1310, 0.198, 4900.0, Change(0.198, 0.18, "percent")),
        (Link("Organic search", "#cells"), 4120, 0.131, 12_300.0, Change(0.131, 0.13, "percent", noise=0.01)),
        (Link("Social", "#cells"), 1360, 0.061, None, Change(0.061, 0.08, "percent")),
    ]
    tags = [Tag("Ready", "accent"), Tag("Planned"), Tag("Declined", "bad")]
    rows = [
        [name, people, rate, near(rate), Bar(people, 4120), revenue, Spark(TREND), change, tag]
        for (name, people, rate, revenue, change), tag in zip(channels, tags, strict=True)
    ]
    return Card(
        key="cells",
        question="Which channels bring people who finish?",
        definition=DEFINITION,
        sql=SQL,
        csv="#csv",
        explore="#explore",
        takeaway=takeaways.comparison(
            {link.text: (rate - 0.03, rate, rate + 0.03) for link, _n, rate, *_rest in channels}
        ),
        table=Table("Channels", columns, rows, sort="-people", emphasis=[2]),
        source="95% Wilson intervals",
    )


def near(rate: float) -> Interval:
    return Interval(rate - 0.03, rate, rate + 0.03, 0, 0.25, f"{rate - 0.03:.1%} to {rate + 0.03:.1%}")


def funnel_card() -> Card:
    steps = [("Signed up", 12_480), ("Verified email", 11_107), ("Made a workspace", 8_986), ("Invited someone", 4_767)]
    before = [12_480, *(people for _name, people in steps)]
    rows = [
        [name, Bar(people, 12_480, faint=earlier), people, people / 12_480]
        for (name, people), earlier in zip(steps, before, strict=False)
    ]
    return Card(
        key="funnel",
        question="Where do new people stop?",
        definition=DEFINITION,
        table=Table(
            "Steps of new people",
            [Column("Step"), Column("Reached", wide=True), Column("People", "count"), Column("Of start", "percent")],
            rows,
        ),
        source="Solid: reached the step · faint: lost since the step before",
        span=6,
    )


def effects_card() -> Card:
    effects = [
        ("Teammate accepted", Interval(0.074, 0.106, 0.139, -0.3, 0.3, "+7.4% to +13.9%", "good", zero=True), "+10.6%"),
        ("Tickets", Interval(-0.08, 0.028, 0.14, -0.3, 0.3, "−8.0% to +14.0%", zero=True), "+2.8%"),
        ("Page load", Interval(0.05, 0.09, 0.13, -0.3, 0.3, "+5.0% to +13.0%", "bad", zero=True), "+9.0%"),
    ]
    readings = [Tag("Better", "good"), Tag("No clear change"), Tag("Worse", "bad")]
    columns = [Column("Metric"), Column("−30% to +30%", wide=True), Column("Change", "number"), Column("Reading")]
    rows = [[name, interval, text, tag] for (name, interval, text), tag in zip(effects, readings, strict=True)]
    return Card(
        key="effects",
        question="Does a share link get more teammates in?",
        definition=DEFINITION,
        table=Table("Effects", columns, rows),
        span=6,
    )


def heat_card() -> Card:
    cohorts = [("28 Sep", 1085, [100, 49, 41, 36, 23]), ("5 Oct", 1026, [100, 48, 40, 27]), ("12 Oct", 1237, [100, 47])]
    lifts = [("−40%", 0), ("−20%", 2), ("0%", 4), ("+20%", 6), ("+40%", 8)]
    rows: list[list[Any]] = [[day, size, *retained(shares)] for day, size, shares in cohorts]
    rows.append(["Lift", 3348, *(Heat(text, level, diverging=True) for text, level in lifts)])
    columns = [Column("Signed up"), Column("People", "count"), *(Column(str(week)) for week in range(5))]
    return Card(
        key="heat",
        question="Do people come back after they sign up?",
        definition=DEFINITION,
        table=Table("Retention by week", columns, rows, heat=True),
        source="Outlined: week not finished",
        span=6,
    )


def retained(shares: list[int]) -> list[Heat | None]:
    """The cells of a cohort, its last week not over, filled up to five."""
    last = len(shares) - 1
    drawn = [Heat(str(share), heat_level(share, 20, 55), incomplete=i == last) for i, share in enumerate(shares)]
    return [*drawn, *[None] * (5 - len(drawn))]


def state_cards() -> list[Card]:
    small = Table("Signups", [Column("Channel"), Column("People", "count")], [["Referral", 7], ["Social", 5]])
    notices = [
        Notice(
            "never",
            "Signups appear here once an event named signup_completed comes in.",
            snippet='analytics.track("signup_completed")',
            link=Link("Go to Sources", "#sources"),
        ),
        Notice("no_match", "No signups match Paying teams in this period.", link=Link("Clear segment", "?")),
        Notice("too_few", takeaways.too_few(12)),
        Notice("stale", "These are the last good figures.", at=datetime(2026, 11, 20, 3, 12, tzinfo=UTC)),
        Notice("loading", "Counting four steps over two years.", link=Link("Show the result", "slow/")),
        Notice(
            "error",
            "The query took longer than 60 seconds and was stopped.",
            link=Link("Retry", "?"),
            reference="q-7f3a",
        ),
    ]
    return [
        Card(f"state-{number}", f"How many sign up in state {number}?", DEFINITION, small, state=one, span=4)
        for number, one in enumerate(notices, 1)
    ]
