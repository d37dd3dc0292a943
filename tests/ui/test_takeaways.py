import inspect
from datetime import date

import pytest

from productops.lib import takeaways
from productops.lib.changes import Change

NBSP = "\N{NO-BREAK SPACE}"


def test_parts_are_told_apart_by_value_and_not_by_how_it_is_written() -> None:
    shares = {"Email": 3, "email": 2, "ads": 4}
    sentence = takeaways.largest("Signups", shares, name_of=str.capitalize)
    assert sentence == "The largest part of signups is <strong>Ads</strong> with <strong>44.4%</strong>."
    moves = {"Email": (30.0, 0.0), "email": (0.0, 20.0), "ads": (5.0, 4.0)}
    assert takeaways.contributor(moves, name_of=str.capitalize) == (
        "The largest gain is <strong>Email</strong>, up 30; all together are up 11."
    )


def test_level() -> None:
    sentence = takeaways.level("Daily active people", 6204, "on 20 Nov")
    assert sentence == "Daily active people: <strong>6,204</strong> on 20 Nov."


def test_change_up_down_and_none() -> None:
    up = takeaways.change("Signups", Change(4812, 4523), "four weeks ago")
    assert up == "Signups rose 6.4% against four weeks ago, from 4,523 to <strong>4,812</strong>."
    down = takeaways.change("Activation", Change(0.442, 0.461, "percent"), "the week before")
    assert down == f"Activation fell 1.9{NBSP}pp against the week before, from 46.1% to <strong>44.2%</strong>."
    noise = takeaways.change("Signups", Change(103, 100, noise=20), "a week earlier")
    assert noise == "Signups: no clear change against a week earlier (<strong>103</strong> now, 100 then)."


def test_contributor_is_the_largest_in_the_direction_of_the_whole() -> None:
    gains = {"Organic": (150.0, 100.0), "Referral": (180.0, 100.0), "Paid": (40.0, 70.0)}
    assert (
        takeaways.contributor(gains) == "The largest gain is <strong>Referral</strong>, up 80; all together are up 100."
    )
    losses = {"Organic": (50.0, 100.0), "Referral": (120.0, 100.0)}
    assert (
        takeaways.contributor(losses)
        == "The largest loss is <strong>Organic</strong>, down 50; all together are down 30."
    )
    assert takeaways.contributor({"Organic": (1.0, 1.0)}) == ""
    assert takeaways.contributor({}) == ""


def test_most_changed_is_the_largest_clear_change() -> None:
    changes = {
        "Web": Change(150, 100, noise=20),
        "iOS": Change(40, 100, noise=20),
        "Android": Change(300, 100, noise=999),
    }
    assert takeaways.most_changed(changes) == "<strong>iOS</strong> changed most, down 60.0% to 40."
    assert takeaways.most_changed({"Web": changes["Web"]}) == "<strong>Web</strong> changed most, up 50.0% to 150."
    assert takeaways.most_changed({"Android": changes["Android"]}) == "No part changed clearly."
    assert takeaways.most_changed({}) == ""


def test_largest() -> None:
    sentence = takeaways.largest("Signups", {"Organic": 3, "Paid": 1})
    assert sentence == "The largest part of signups is <strong>Organic</strong> with <strong>75.0%</strong>."
    assert takeaways.largest("Signups", {}) == ""
    overlapping = takeaways.largest("these people", {"Web": 3, "iOS": 2}, 4)
    assert overlapping == "The largest part of these people is <strong>Web</strong> with <strong>75.0%</strong>."


def test_comparison_says_when_intervals_overlap() -> None:
    apart = {"Referral": (0.17, 0.198, 0.22), "Social": (0.05, 0.061, 0.07)}
    assert takeaways.comparison(apart) == (
        "<strong>Referral</strong> is highest with 19.8%, <strong>Social</strong> lowest with 6.1%; "
        "the intervals do not overlap."
    )
    close = {"Referral": (0.10, 0.12, 0.14), "Social": (0.09, 0.11, 0.13)}
    assert takeaways.comparison(close).startswith("No clear difference")
    assert takeaways.comparison({"Referral": (0.1, 0.2, 0.3)}) == ""


def test_forecast() -> None:
    reached = takeaways.forecast(4812, 5200, 72, date(2026, 12, 21))
    assert reached == (
        "At the current pace (+72 a week) the target is reached in <strong>the week of 21 December</strong>."
    )
    assert takeaways.forecast(5300, 5200, 72, None) == "The target of <strong>5,200</strong> is reached."
    assert "is not reached" in takeaways.forecast(4812, 5200, -3, date(2026, 12, 21))


def test_too_few() -> None:
    assert takeaways.too_few(12) == "Too few people to compare (n = 12)."
    with pytest.raises(ValueError, match="30 are enough"):
        takeaways.too_few(30)


def test_at_most_two_sentences() -> None:
    assert takeaways.together("One.", "", "Two.") == "One. Two."
    with pytest.raises(ValueError, match="at most two"):
        takeaways.together("One.", "Two.", "Three.")


def test_names_are_escaped() -> None:
    assert "<script>" not in takeaways.largest("Signups", {"<script>": 3})
    assert "&lt;script&gt;" in takeaways.largest("Signups", {"<script>": 3})
    assert takeaways.together("a < b", takeaways.level("x", 1, "now")).startswith("a &lt; b x: <strong>")


def test_no_sentence_gives_a_cause() -> None:
    templates = [line for line in inspect.getsource(takeaways).splitlines() if '_("' in line]
    assert len(templates) >= 10
    assert not [line for line in templates if any(word in line.lower() for word in ("because", "due to", "thanks to"))]
