"""Who is who: identities, the person each belongs to, the links between them, and accounts."""

from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Identity(models.Model):
    """An id that events were sent with, and the person it belongs to: a flat map, never a chain.

    ``id`` is ``analytics.people.ids.identity_id(kind, value)``, so that a collector knows it
    without asking, and no index of values is needed. A person's id is the id of one of its
    identities: the user id where there is one. Traits stay with the identity they were sent for; a
    person's traits are merged when read, which is what lets a merge be undone.
    """

    class Kind(models.TextChoices):
        ANONYMOUS = "a", _("anonymous id")
        USER = "u", _("user id")

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=1, choices=Kind)
    value = models.CharField(max_length=255)
    person = models.BigIntegerField(db_index=True)
    traits = models.JSONField(default=dict)
    traits_us = models.BigIntegerField(default=0, help_text=_("Time of the newest traits, UTC microseconds."))
    first_us = models.BigIntegerField(help_text=_("Time of the earliest event, UTC microseconds."))
    first_touch_us = models.BigIntegerField(
        default=0, help_text=_("Time of the earliest event with a touch, UTC microseconds; 0: none.")
    )
    search = models.CharField(max_length=600, default="", help_text=_("Lower-case id, name and e-mail."))

    class Meta:
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return self.value


class IdentityEdgeQuerySet(models.QuerySet["IdentityEdge"]):
    def joining(self) -> Self:
        """Those that hold: accepted, and not taken back."""
        return self.filter(accepted=True, undone_by=None).exclude(rule=IdentityEdge.Rule.UNDO)

    def touching(self, identities: Collection[int]) -> Self:
        return self.filter(Q(identity__in=identities) | Q(into__in=identities))

    def among(self, identities: Collection[int]) -> Self:
        return self.filter(identity__in=identities, into__in=identities)


class IdentityEdge(models.Model):
    """A statement that two identities are one person, accepted or not. Rows are only ever added.

    Replaying the edges of a person in order gives its identity map again; an ``undo`` edge
    takes back the edge named in ``undoes``. The newest id is the identity epoch, by which
    cached answers are keyed.
    """

    class Rule(models.TextChoices):
        SEEN_TOGETHER = "seen_together", _("both ids on one event")
        ALIAS = "alias", _("alias call")
        MERGE = "merge", _("merged by staff")
        UNDO = "undo", _("merge undone")

    identity = models.BigIntegerField(db_index=True)
    into = models.BigIntegerField(db_index=True)
    rule = models.CharField(max_length=15, choices=Rule)
    accepted = models.BooleanField()
    reason = models.CharField(max_length=60, default="")
    evidence = models.CharField(max_length=255, default="", help_text=_("Message id, or the staff member's name."))
    at_us = models.BigIntegerField()
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    objects = IdentityEdgeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.identity} {self.rule} {self.into}"


class Account(models.Model):
    """The group a person acts in: workspace or company, from Segment ``group``."""

    id = models.CharField(primary_key=True, max_length=255)
    traits = models.JSONField(default=dict)
    traits_us = models.BigIntegerField(default=0)
    first_us = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.traits.get("name") or self.id)


class ChannelRule(models.Model):
    """One line of the ordered list that turns a touch into a channel. The first match wins."""

    class Field(models.TextChoices):
        CLICK_ID = "click_id", _("click id")
        SOURCE = "utm_source", _("utm_source")
        MEDIUM = "utm_medium", _("utm_medium")
        SOURCE_MEDIUM = "source_medium", _("utm_source / utm_medium")
        CAMPAIGN = "utm_campaign", _("utm_campaign")
        REFERRER = "referrer", _("referring host")

    position = models.PositiveIntegerField()
    field = models.CharField(max_length=15, choices=Field)
    pattern = models.CharField(max_length=300, help_text=_("A regular expression, matched without case."))
    channel = models.CharField(max_length=60)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"{self.field} ~ {self.pattern} → {self.channel}"


class Suppression(models.Model):
    """An id whose events are refused: kept as a keyed hash, so that the erased id is not kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest


class Erasure(models.Model):
    """A person to be erased everywhere; replayed after a restore, so that it holds ids as digests."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")

    digests = models.JSONField(help_text=_("Keyed hashes of the erased ids."))
    identities = models.JSONField(help_text=_("Identity ids, by which stored events are found."))
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    requested_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, default="")

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d} {self.state}"
