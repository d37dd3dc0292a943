"""The parts of the product: core areas, the features in them, and the rules that say which events belong to which."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.patterns import BadPattern, matching


class Area(models.Model):
    """A core area: a part of the product that several features make up."""

    key = models.SlugField(max_length=20, unique=True, help_text=_("Short, such as A. It stays: analyses name it."))
    name = models.CharField(max_length=60)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.key} {self.name}"


class Feature(models.Model):
    """A named set of events and pages: those that any of its rules matches, whenever they were sent."""

    key = models.SlugField(max_length=60, unique=True, help_text=_("It stays: analyses name it."))
    name = models.CharField(max_length=60)
    area = models.ForeignKey(
        Area, null=True, blank=True, on_delete=models.SET_NULL, related_name="features", verbose_name=_("core area")
    )
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class FeatureRule(models.Model):
    """One way for an event to belong to a feature; see ``analytics.metrics.features.Rule``."""

    class Target(models.TextChoices):
        EVENT = "event", _("event")
        PAGE = "page", _("page")

    class Match(models.TextChoices):
        EXACT = "exact", _("is")
        PREFIX = "prefix", _("begins with")
        REGEX = "regex", _("matches")

    feature = models.ForeignKey(Feature, on_delete=models.CASCADE, related_name="rules")
    target = models.CharField(max_length=5, choices=Target, default=Target.EVENT)
    match = models.CharField(max_length=6, choices=Match, default=Match.EXACT)
    pattern = models.CharField(max_length=300)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.get_match_display()} {self.pattern}"

    def clean(self) -> None:
        check_pattern(self.match, self.pattern)


def check_pattern(match: str, pattern: str) -> None:
    """Raises ValidationError for a regular expression that is none."""
    if match != FeatureRule.Match.REGEX:
        return
    try:
        matching(pattern, [""])
    except BadPattern as error:
        message = _("This is no regular expression: %(error)s") % {"error": error}
        raise ValidationError({"pattern": message}) from error
