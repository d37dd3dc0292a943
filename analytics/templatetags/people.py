"""How the people pages write what analytics knows by keys."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings

register = template.Library()


@register.filter
def words(key: str) -> str:
    """A key as text: ``organic_search`` → organic search, ``power-noob-whale`` → power · noob · whale."""
    return key.replace("-", " · ").replace("_", " ")


@register.filter
def time_of_day(moment: datetime) -> str:
    """Hours, minutes and seconds in the project's time zone."""
    return moment.astimezone(ZoneInfo(settings.PROJECT_TIME_ZONE)).strftime("%H:%M:%S")
