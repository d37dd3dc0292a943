"""The list of Parquet files that are the events table and the tables derived from it, and what to keep in them."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class SegmentQuerySet(models.QuerySet["Segment"]):
    def published(self) -> Self:
        return self.filter(state=Segment.State.PUBLISHED)

    def of(self, table: str) -> Self:
        return self.filter(table=table)


class Segment(models.Model):
    """One Parquet file below DATA_DIR. Readers take the published ones of a table, in one snapshot."""

    class Table(models.TextChoices):
        EVENTS = "events", _("events")
        USER_DAY = "user_day", _("activity by actor and day")
        SESSIONS = "sessions", _("sessions")
        TOUCHES = "touches", _("campaign touches")
        TRAIT_HISTORY = "trait_history", _("traits by time")
        PERSONA_HISTORY = "persona_history", _("personas by time")

    class State(models.TextChoices):
        WRITING = "writing", _("writing")
        PUBLISHED = "published", _("published")
        REPLACED = "replaced", _("replaced")

    class Origin(models.TextChoices):
        SEAL = "seal", _("sealed from the inbox")
        IMPORT = "import", _("imported")
        REWRITE = "rewrite", _("compacted or erased from others")
        DERIVED = "derived", _("worked out from events")

    table = models.CharField(max_length=20, choices=Table, default=Table.EVENTS)
    state = models.CharField(max_length=10, choices=State, default=State.WRITING)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.SEAL)
    path = models.CharField(max_length=200, unique=True, help_text=_("Relative to DATA_DIR."))
    month = models.CharField(max_length=7, default="", help_text=_("YYYY-MM in the project's zone; empty: mixed."))
    schema_version = models.IntegerField()
    properties = models.JSONField(default=list, help_text=_("Those of an event that its file has as columns."))
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    min_at_us = models.BigIntegerField(default=0)
    max_at_us = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)

    objects = SegmentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["table", "state"])]

    def __str__(self) -> str:
        return self.path

    def meets(self, first_us: int | None, last_us: int | None) -> bool:
        """Whether rows of the range, both ends included and None for open, may be in this file."""
        return (first_us is None or self.max_at_us >= first_us) and (last_us is None or self.min_at_us <= last_us)


class AskedProperty(models.Model):
    """A property of events that a question was about; those asked for lately become columns."""

    name = models.CharField(max_length=200, primary_key=True)
    asked_at = models.DateTimeField(db_index=True, help_text=_("Renewed once a day."))

    def __str__(self) -> str:
        return self.name


class Installation(models.Model):
    """The one row that says which data directory this database goes with."""

    id = models.UUIDField(primary_key=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.id)
