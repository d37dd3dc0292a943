"""One row for each component of the pages, with invented figures: what the visual tests look at."""

from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from productops.lib.cards import Attention, Card, Column, Definition, Freshness, Hero, Notice, Tab, Table, Target, Tile
from productops.lib.cells import Bar, Heat, Interval, Link, Spark, Tag, heat_level
from productops.lib.changes import Change
from productops.lib.charts import Chart, Mark, Position, Reference, Series
from productops.lib.models import Role
from productops.lib.periods import Options, parse
from productops.lib.roles import role_required
from productops.lib.takeaways import change as change_sentence
from productops.lib.takeaways import largest

OPTIONS = Options(
    dimensions=(("platform", "platform"), ("channel", "channel")),
    segments=(("1", "Paying teams"),),
    sorts=("-people", "rate"),
)
WEEKS = [
    f"{day} {month}"
    for month, days in (("Sep", (7, 14, 21, 28)), ("Oct", (5, 12, 19, 26)), ("Nov", (2, 9, 16)))
    for day in days
]
TEAMS = [3520, 3610, 3640, 3800, 3910, 3990, 4130, 4300, 4460, 4600, 4812]
TEAMS_BEFORE = [2840, 2900, 2880, 2960, 3010, 3050, 3040, 3120, 3180, 3230, 3300]
DEFINITION = Definition(
    "A workspace counts in a week in which two or more of its people were active.",
    "Bots and suppressed people never count.",
    metric="collaborative_workspaces",
)
SQL = {
    "DuckDB": "SELECT week, count(*) AS workspaces\nFROM collaborative_weeks\nGROUP BY week",
    "PostgreSQL": "SELECT 1",
}


def weekly_table() -> Table:
    columns = [Column("Week"), Column("Workspaces", "count"), Column("Year before", "count")]
    return Table("Weekly active collaborative workspaces", columns, list(zip(WEEKS, TEAMS, TEAMS_BEFORE, strict=True)))


def tiles() -> list[Tile]:
    trend = [5.2, 5.6, 5.1, 5.9, 6.0, 5.7, 6.2, 6.1, 6.4]
    return [
        Tile("Daily active", 6204, "#line", change=Change(6204, 6017, noise=60), before="vs 6,017", spark=trend),
        Tile("Weekly active", 18930, "#line", change=Change(18930, 18377, noise=90), before="vs 18,377", spark=trend),
        Tile(
            "Monthly active", 412_612, "#line", change=Change(412_612, 430_000), before="vs 430,000", spark=trend[::-1]
        ),
        Tile(
            "Stickiness (DAU ÷ MAU)",
            0.15,
            "#line",
            "percent",
            change=Change(0.15, 0.1502, "percent", noise=0.01),
            before="vs 15.0%",
            spark=trend,
        ),
        Tile(
            "Time to value",
            5400,
            "#line",
            "duration",
            change=Change(5400, 6120, "duration", "down"),
            before="vs 1 h 42 min",
            spark=trend[::-1],
        ),
        Tile(
            "Satisfaction, 7-point",
            5.62,
            "#line",
            "number",
            margin="0.09",
            change=Change(5.62, 5.66, "number", noise=0.09),
            before="vs 5.66",
            spark=trend,
        ),
        Tile("Education accounts", 12, "#line", note="Too few people to compare", spark=[1, 4, 2, 5]),
        Tile("Today", 2310, "#line", note="Not over yet", spark=[*trend, 2.3], incomplete=True),
    ]


def line_card() -> Card:
    change = Change(4812, 4523)
    return Card(
        key="line", question="Are more teams working together each week?", context="North Star · Weekly active collaborative workspaces",
        takeaway=change_sentence("Collaborative workspaces", change, "four weeks ago"), definition=DEFINITION, sql=SQL,
        table=weekly_table(), hero=Hero(4812, change=change, against="vs 4,523 four weeks ago", target=Target(5200, "Target by 31 Dec", "388 to go", "On track", "good")),
        chart=Chart("lines", WEEKS, [Series("This year", TEAMS), Series("year before", TEAMS_BEFORE, "reference")], from_zero=False,
                    marks=[Mark(3, "Release 4.2, templates"), Mark(7, "Price test starts")], references=[Reference(5200, "Target 5,200")]),
        csv="#csv", parquet="#parquet", explore="#explore", source="Updated 14:02", span=8,
    )  # fmt: skip


def columns_card() -> Card:
    channels = [("Organic", "c1", 120), ("Referral", "c2", 60), ("Paid search", "c3", 90), ("Other", "other", 30)]
    series = [
        Series(name, [size + (i * 7 + size) % 23 for i in range(len(WEEKS))], colour) for name, colour, size in channels
    ]
    rows = [[week, *(one.values[i] for one in series)] for i, week in enumerate(WEEKS)]
    return Card(
        key="columns", question="Where do new people come from?", context="Signups by channel and week",
        takeaway=largest("Signups", {one.label: sum(value or 0 for value in one.values) for one in series}),
        definition=Definition("First events of a person that mean a signup."), sql=SQL,
        table=Table("Signups by channel", [Column("Week"), *(Column(one.label, "count") for one in series)], rows),
        chart=Chart("columns", WEEKS, series, incomplete=1), csv="#csv", actions=[Link("See these people", "#people")], span=6,
    )  # fmt: skip


def histogram_card() -> Card:
    labels = ["0–1", "1–2", "2–5", "5–10", "10–20", "20–40", "40–60", "60+"]
    counts = [420, 610, 980, 1240, 870, 410, 160, 70]
    return Card(
        key="histogram", question="How long do people stay?", context="Sessions by length in minutes",
        definition=Definition("From the first to the last active event of a session."),
        table=Table("Sessions by length", [Column("Minutes"), Column("Sessions", "count")], list(zip(labels, counts, strict=True))),
        chart=Chart("histogram", labels, [Series("Sessions", counts)], positions=[Position(3.2, "median"), Position(5.1, "p90")], axis_title="Minutes"),
        span=6,
    )  # fmt: skip


def band_card() -> Card:
    rate = [0.106, 0.108, None, 0.109, 0.108, 0.115, 0.126, 0.128, 0.131, 0.13, 0.129]
    low = [value and value - 0.014 for value in rate]
    high = [value and value + 0.016 for value in rate]
    return Card(
        key="band", question="Is conversion improving by signup week?", definition=Definition("People who finish, of those who signed up."),
        table=Table("Conversion", [Column("Week"), Column("Rate", "percent")], list(zip(WEEKS, rate, strict=True))),
        chart=Chart("lines", WEEKS, [Series("Rate", rate, low=low, high=high)], kind="percent", incomplete=2), span=6,
    )  # fmt: skip


def peers_card() -> Card:
    series = [
        Series(name, [base + i * slope for i in range(len(WEEKS))], colour)
        for name, base, slope, colour in (("web", 510, 22, "c1"), ("ios", 480, 9, "c2"), ("android", 470, 8, "c3"))
    ]
    rows = [[week, *(one.values[i] for one in series)] for i, week in enumerate(WEEKS)]
    return Card(
        key="peers", question="Which platform grows?", definition=Definition("Active people by platform."),
        table=Table("Active people", [Column("Week"), *(Column(one.label, "count") for one in series)], rows),
        chart=Chart("lines", WEEKS, series), span=6,
    )  # fmt: skip


def cells_card() -> Card:
    columns = [
        Column("Channel", sort="channel"), Column("People", "count", sort="people"), Column("Rate", "percent", sort="rate"), Column("95% interval, 0–25%", wide=True),
        Column("Share", wide=True, phone=False), Column("MRR", "money", "per month"), Column("Trend", phone=False), Column("vs prior", "points"), Column("Status"),
    ]  # fmt: skip
    rows = [
        [name, people, rate, Interval(rate - 0.03, rate, rate + 0.03, 0, 0.25, f"{rate:.1%}, plus or minus 3 points"), Bar(people, 4120), mrr, Spark([3, 4, 2, 5, 6]), change, tag]
        for name, people, rate, mrr, change, tag in (
            (Link("Referral", "#r", "From people who invite"), 1310, 0.198, 4900.0, Change(0.198, 0.18, "percent"), Tag("Ready", "accent")),
            (Link("Organic search", "#o"), 4120, 0.131, 12_300.0, Change(0.131, 0.13, "percent", noise=0.01), Tag("Planned")),
            (Link("Social", "#s"), 1360, 0.061, None, Change(0.061, 0.08, "percent"), Tag("Worse", "bad")),
        )
    ]  # fmt: skip
    return Card(
        key="cells", question="Which channels bring people who finish?", definition=DEFINITION, sql=SQL, csv="#csv", explore="#explore",
        takeaway=mark_safe("<strong>Referral</strong> has the highest rate, <strong>Social</strong> the lowest."),
        table=Table("Channels", columns, rows, sort="-people", emphasis=[2]), source="95% Wilson intervals",
    )  # fmt: skip


def funnel_card() -> Card:
    steps = [
        ("Signed up", 12_480),
        ("Verified email", 11_107),
        ("Created a workspace", 8_986),
        ("Invited a teammate", 4_767),
    ]
    rows = [
        [name, Bar(people, 12_480, faint=steps[max(0, i - 1)][1]), people, people / 12_480]
        for i, (name, people) in enumerate(steps)
    ]
    return Card(
        key="funnel", question="Where do new people stop?", definition=DEFINITION, span=6,
        table=Table("Funnel", [Column("Step"), Column("", wide=True), Column("People", "count"), Column("Of start", "percent")], rows),
    )  # fmt: skip


def heat_card() -> Card:
    def row(label: str, size: int, shares: list[int], open_: bool) -> list[Any]:
        drawn: list[Any] = [
            Heat(str(value), heat_level(value, 20, 55), incomplete=open_ and i == len(shares) - 1)
            for i, value in enumerate(shares)
        ]
        return [label, size, *drawn, *[None] * (5 - len(drawn))]

    rows = [
        row("28 Sep", 1085, [100, 49, 41, 36, 23], True), row("5 Oct", 1026, [100, 48, 40, 27], True), row("12 Oct", 1237, [100, 47, 38], False),
        ["Lift", 3348, *(Heat(text, level, diverging=True) for text, level in (("−40%", 0), ("−20%", 2), ("0%", 4), ("+20%", 6), ("+40%", 8)))],
    ]  # fmt: skip
    return Card(
        key="heat", question="Do people come back after they sign up?", definition=DEFINITION, span=6,
        table=Table("Retention by week", [Column("Signed up"), Column("People", "count"), *(Column(str(i)) for i in range(5))], rows, heat=True),
    )  # fmt: skip


def states() -> list[Card]:
    notices = [
        Notice("never", "Signups appear here once an event named signup_completed comes in.", snippet='analytics.track("signup_completed")', link=Link("Go to Sources", "#sources")),
        Notice("no_match", "No signups match Paying teams in this period.", link=Link("Clear segment", "?")),
        Notice("too_few", "Too few people to compare (n = 12)."),
        Notice("stale", "These are the last good figures.", at=datetime(2026, 11, 20, 3, 12, tzinfo=UTC)),
        Notice("error", "The query took longer than 60 seconds and was stopped.", link=Link("Retry", "?"), reference="q-7f3a"),
    ]  # fmt: skip
    small = Table("Signups", [Column("Channel"), Column("People", "count")], [["Referral", 7], ["Social", 5]])
    return [
        Card(key=f"state-{one.state.replace('_', '-')}", question="How many sign up?", definition=DEFINITION, table=small, state=one, span=4)
        for one in notices
    ]  # fmt: skip


@role_required(Role.ADMIN)
def styleguide(request: HttpRequest) -> HttpResponse:
    filters = parse(request.GET, today=date(2026, 11, 20), zone="Europe/Berlin", options=OPTIONS)
    return render(
        request,
        "styleguide.html",
        {
            "filters": filters,
            "freshness": Freshness(datetime(2026, 11, 20, 13, 2, tzinfo=UTC)),
            "tabs_row": [Tab("Components", "?", current=True), Tab("Another view", "?tab=other")],
            "tiles": tiles(),
            "cards": [line_card(), columns_card(), histogram_card(), band_card(), peers_card(), cells_card(), funnel_card(), heat_card(), *states()],
            "attention": [
                Attention("triangle-alert", "P1 open: invite mails delayed", "Fix due in 1 h 12 min.", "#cells", "bad"),
                Attention("target", "Biggest drop-off: invite not accepted", "55.8% lost, 2,658 people in 60 days.", "#funnel", "warn"),
                Attention("message-square-text", "New feedback theme: “guest access”", "47 comments in 14 days.", "#cells"),
            ],
        },
    )  # fmt: skip
