"""Filters in the address of a standing page: held to, or dropped with a word."""

from datetime import date

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ("platform:not:ios", "can be filtered by “is” only"),
        ("country:is:DE", "can be filtered by platform, segment, channel, persona only"),
    ],
)
def test_a_filter_that_does_not_hold_is_no_chip_but_a_warning(
    viewer: Client, history: date, condition: str, reason: str
) -> None:
    text = viewer.get(f"/product/activity/?f={condition}&f=platform:is:web").content.decode()
    assert text.count('class="chip"') == 1
    assert f"“f={condition}” can&#x27;t be used here: this page {reason}; showing figures without this filter." in text
