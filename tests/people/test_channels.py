"""Touches out of what SDKs send, and channels out of touches."""

import pytest
from django.core.exceptions import ValidationError

from analytics.people.channel_rules import add_rule, delete_rule, edit_rule, ensure_default_rules, move_rule
from analytics.people.channels import Rule, resolve
from analytics.people.default_channels import DEFAULT_RULES
from analytics.people.models import ChannelRule
from analytics.people.touches import Touch, touch_of
from analytics.stale import StaleDays
from productops.lib.models import AuditEntry, User
from tests.people.conftest import event_row


def page(url: str = "https://app.example.com/", referrer: str = "") -> dict:
    return {"page": {"url": url, "referrer": referrer}}


class TestTouch:
    def test_campaign_of_the_context_comes_first(self):
        context = {
            **page("https://x.example/?utm_source=Other"),
            "campaign": {"source": "News", "medium": "Email", "name": "May"},
        }
        assert Touch.parse(touch_of(context, {})) == Touch("", "news", "email", "May", "", "")

    def test_campaign_and_click_id_are_read_from_the_address(self):
        address = "https://app.example.com/pricing?utm_source=google&utm_medium=cpc&utm_campaign=Brand%20A&gclid=x#top"
        assert Touch.parse(touch_of(page(address), {})) == Touch("gclid", "google", "cpc", "Brand A")

    @pytest.mark.parametrize(
        "referrer", ["https://app.example.com/a", "https://example.com/", "https://www.app.example.com", "", "$direct"]
    )
    def test_moving_within_the_site_is_no_touch(self, referrer):
        assert touch_of(page(referrer=referrer), {}) == ""

    def test_the_referring_host_is_kept_without_path(self):
        text = touch_of(page(referrer="https://www.Google.de/search?q=private"), {})
        assert text == '["","","","","google.de",""]'

    def test_a_channel_that_the_sender_names_is_kept_as_given(self):
        assert Touch.parse(touch_of({"channel_name": "Field sales"}, {})).channel == "Field sales"

    @pytest.mark.parametrize(
        "context",
        [
            {"page": "not an object", "campaign": 7, "referrer": []},
            {"page": {"url": 1, "referrer": {"a": 1}}},
            page("https://[::1", "http://[oops"),
            page("https://x.example/?" + "a=1&" * 5_000),
        ],
    )
    def test_hostile_input_is_no_touch(self, context):
        assert touch_of(context, {"url": None, "referrer": 3}) == ""

    def test_the_text_fits_its_column(self):
        campaign = {"source": "\\" * 500, "medium": '"' * 500, "name": "\u0000" * 500}
        text = touch_of({"campaign": campaign, "channel_name": "ü" * 500}, {})
        assert len(text) <= 1024


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("touch", "channel"),
    [
        (Touch("gclid", "google", "cpc"), "paid_search"),
        (Touch("", "bing", "ppc"), "paid_search"),
        (Touch("", "facebook", "cpc"), "paid_social"),
        (Touch("ttclid"), "paid_social"),
        (Touch("fbclid", "", "", "", "l.facebook.com"), "social"),
        (Touch("", "newsletter", "email", "May"), "email"),
        (Touch("", "", "", "", "google.co.uk"), "organic_search"),
        (Touch("", "", "", "", "duckduckgo.com"), "organic_search"),
        (Touch("", "", "", "", "mail.google.com"), "email"),
        (Touch("", "", "", "", "t.co"), "social"),
        (Touch("", "", "", "", "notgoogle.example"), "referral"),
        (Touch("", "", "referral-program"), "referral_program"),
        (Touch("", "partner-x", "affiliate"), "affiliates"),
        (Touch("", "some-app"), "other"),
        (Touch("gclid", "", "", "", "", "organic"), "organic"),
        (Touch(), "direct"),
    ],
)
def test_the_default_list(touch, channel):
    text = touch.text()
    assert resolve([text]) == [(text, channel, touch.campaign)]


def test_the_first_rule_that_matches_wins():
    touch = Touch("", "acme", "cpc").text()
    rules = [Rule("utm_medium", "email", "a"), Rule("utm_source", "^acme$", "b"), Rule("utm_medium", "cpc", "c")]
    assert resolve([touch, touch], rules) == [(touch, "b", ""), (touch, "b", "")]


def test_no_pattern_takes_time_that_grows_without_bound():
    assert resolve([Touch("", "a" * 80).text()], [Rule("utm_source", "(a+)+(a+)+$|b", "x")])[0][1] == "x"


@pytest.mark.django_db
class TestEdits:
    @pytest.fixture
    def analyst(self) -> User:
        return User.objects.create_user("grace", role="analyst")

    def lines(self) -> list[str]:
        return list(ChannelRule.objects.values_list("channel", flat=True))

    def test_the_default_list_is_written_once(self):
        assert ensure_default_rules() == ChannelRule.objects.count() > 10
        assert ensure_default_rules() == 0

    def test_add_edit_move_delete(self, analyst):
        three, two, one = (
            add_rule(field="utm_source", pattern=name, channel=name, user=analyst) for name in ("three", "two", "one")
        )
        assert self.lines()[:4] == ["one", "two", "three", DEFAULT_RULES[0][2]]
        move_rule(rule=three, by=-2, user=analyst)
        assert self.lines()[:3] == ["three", "one", "two"]
        move_rule(rule=one, by=1, user=analyst)
        assert self.lines()[:3] == ["three", "two", "one"]
        move_rule(rule=one, by=1_000, user=analyst)
        assert self.lines()[-1] == "one"
        delete_rule(rule=two, user=analyst)
        edit_rule(rule=one, field="referrer", pattern="x", channel="uno", user=analyst)
        assert (self.lines()[0], self.lines()[-1]) == ("three", "uno")
        assert AuditEntry.objects.count() == 8
        assert resolve([Touch("", "three").text()])[0][1] == "three"

    @pytest.mark.parametrize("wrong", [{"pattern": "("}, {"field": "colour"}, {"channel": "  "}, {"pattern": ""}])
    def test_what_is_no_rule_is_refused(self, analyst, wrong):
        with pytest.raises(ValidationError):
            add_rule(**{"field": "referrer", "pattern": "x", "channel": "y", "user": analyst, **wrong})

    def test_an_edit_queues_all_days(self, analyst):
        from analytics.people.linking import link
        from analytics.stale import local_date
        from tests.people.conftest import START_US

        link([event_row(user="ada")])
        add_rule(field="referrer", pattern="x", channel="y", user=analyst)
        assert StaleDays.objects.get().first_day == local_date(START_US)


def test_direct_is_one_channel_whoever_names_it():
    rules = [Rule(ChannelRule.Field.SOURCE, "^typed$", "DIRECT")]
    touches = [Touch(channel="Direct").text(), Touch(source="typed").text(), Touch(channel="Field sales").text()]
    assert [channel for _, channel, _ in resolve(touches, rules)] == ["direct", "direct", "Field sales"]
