"""Personas day by day against their definition, written out for one person and one day."""

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.rollups.calibration import power_cut_off, whale_cut_off
from analytics.rollups.personas import STILL, CutOffs, persona_history
from tests.rollups_derive.in_memory import tables

THROUGH = 130


def persona_on(day: int, own_days: list[dict], sessions: list[int], balances: list[dict], cut: CutOffs) -> tuple:
    """The definition, word by word."""
    own_days = [each for each in own_days if each["day"] <= THROUGH]
    trailing = [each for each in own_days if day - 27 <= each["day"] <= day]
    actions = sum(each["key_actions"] for each in trailing)
    active_days = len({each["day"] for each in trailing if each["active_events"]})
    power = cut.power_key_actions is not None and actions >= cut.power_key_actions and active_days >= 4
    signups = [each["day"] for each in own_days if each["signup_us"]]
    signup = min(signups) if signups else min(each["day"] for each in own_days)
    begun = sum(start <= day for start in sessions)
    is_noob = day - signup < 30 or begun < 10
    experience = "noob" if is_noob else "veteran" if active_days else "lapsed"
    told = [(each["at_us"], each["balance"]) for each in balances if each["day"] <= day]
    whale = bool(told) and cut.whale_balance is not None and max(told)[1] >= cut.whale_balance
    return "power" if power else "casual", experience, "whale" if whale else "honey_badger"


days_of_life = st.integers(0, 140)
person_days = st.lists(
    st.fixed_dictionaries(
        {
            "actor": st.sampled_from([1, 2, 3]),
            "day": st.one_of(days_of_life, st.integers(60, 70)),
            "platform": st.sampled_from(["web", "ios"]),
            "active_events": st.sampled_from([0, 1, 1, 5]),
            "key_actions": st.integers(0, 2),
            "signup_us": st.sampled_from([0, 0, 0, 1]),
        }
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda row: (row["actor"], row["day"], row["platform"]),
)
session_starts = st.lists(st.tuples(st.sampled_from([1, 2, 3]), days_of_life), max_size=45)
reported = st.lists(
    st.tuples(st.sampled_from([1, 2, 3]), days_of_life, st.integers(-5, 5)), max_size=6, unique_by=lambda row: row[:2]
)
policies = st.lists(
    st.tuples(st.integers(20, 120), st.one_of(st.none(), st.integers(1, 4)), st.one_of(st.none(), st.integers(-2, 4))),
    max_size=3,
    unique_by=lambda row: row[0],
).map(lambda rows: [CutOffs(*row) for row in sorted(rows, key=lambda row: row[0])])


@settings(max_examples=40, deadline=None)
@given(own_days=person_days, starts=session_starts, balances=reported, cuts=policies)
def test_every_day_of_everyone_is_as_defined(own_days, starts, balances, cuts) -> None:
    merged = {1: 1, 2: 1, 3: 3}  # 2 turned out to be 1
    given_tables = tables(
        user_day=own_days,
        sessions=[{"actor": actor, "day": day} for actor, day in starts],
        trait_history=[
            {
                "subject_kind": "actor",
                "subject": str(actor),
                "field": "wallet_balance",
                "day": day,
                "at_us": day * 1000 + actor,
                "value": str(float(value)),
            }
            for actor, day, value in balances
        ],
        identities=[{"actor": 2, "person": 1}],
    )
    history = persona_history(given_tables, cuts, THROUGH).to_pylist()

    for person in {merged[row["actor"]] for row in own_days if row["day"] <= THROUGH}:
        mine = [row for row in own_days if merged[row["actor"]] == person]
        first = min(row["day"] for row in mine)
        spans = [row for row in history if row["person"] == person]
        assert spans[-1]["to_day"] == STILL
        assert all(span["from_day"] <= span["to_day"] for span in spans)
        my_sessions = [day for actor, day in starts if merged[actor] == person]
        my_balances = [
            {"day": day, "at_us": day * 1000 + actor, "balance": value}
            for actor, day, value in balances
            if merged[actor] == person
        ]
        for day in range(first, THROUGH + 1):
            holds = [span for span in spans if span["from_day"] <= day <= span["to_day"]]
            cut = next((each for each in reversed(cuts) if each.from_day <= day), cuts[0] if cuts else None)
            expected = persona_on(day, mine, my_sessions, my_balances, cut or CutOffs(0, None, None))
            assert [(span["ability"], span["experience"], span["wallet"]) for span in holds] == [expected], (
                person,
                day,
            )


def test_who_was_never_seen_has_no_persona() -> None:
    assert persona_history(tables(), [], THROUGH).num_rows == 0


def active(actor: int, day: int, key_actions: int) -> dict:
    return {"actor": actor, "day": day, "active_events": 1, "key_actions": key_actions}


def test_the_power_cut_off_is_reached_by_at_most_the_share() -> None:
    # 40 people: number n made n key actions, half of them on day 60 and half on day 87; one was active too early.
    people = [active(n, day, n // 2 if day == 60 else n - n // 2) for n in range(1, 41) for day in (60, 87)]
    too_early = active(99, 59, 1000)
    assert power_cut_off(tables(user_day=[*people, too_early]), 87, 0.15) == 35  # 35 … 40 are 6 of 40
    # Everyone alike: nobody stands out, so nobody is above.
    assert power_cut_off(tables(user_day=[active(n, 87, 3) for n in range(20)]), 87, 0.15) == 4
    assert power_cut_off(tables(user_day=[active(n, 87, n) for n in range(1, 20)]), 87, 0.15) is None  # too few


def balance(actor: int, day: int, value: float) -> dict:
    told = {"subject_kind": "actor", "subject": str(actor), "field": "wallet_balance"}
    return {**told, "day": day, "at_us": day, "value": str(value)}


def test_the_whale_cut_off_looks_at_latest_balances_of_those_who_have_one() -> None:
    rows = [balance(n, 10, 1000.0 + n) for n in range(1, 41)] + [balance(n, 20, float(n)) for n in range(1, 41)]
    assert whale_cut_off(tables(trait_history=rows), 30, 0.05) == 39.0  # 39 and 40 are 2 of 40
    assert whale_cut_off(tables(trait_history=rows), 15, 0.05) == 1039.0
    assert whale_cut_off(tables(trait_history=[balance(n, 10, 5.0) for n in range(40)]), 30, 0.05) is None
