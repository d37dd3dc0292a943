"""What staff keep of their questions: segments of people."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class PeopleSegment(models.Model):
    """A saved filter over persons (dynamic), or a list of them (static)."""

    class Kind(models.TextChoices):
        DYNAMIC = "dynamic", _("dynamic")
        STATIC = "static", _("static")

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=500, blank=True, default="")
    kind = models.CharField(max_length=10, choices=Kind)
    definition = models.JSONField(
        null=True,
        encoder=DjangoJSONEncoder,
        help_text=_("Of a dynamic one, as analytics.explore.segments.requests takes it."),
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SegmentMember(models.Model):
    """Somebody on a list, by an identity: after a merge it stands for the person it belongs to then."""

    segment = models.ForeignKey(PeopleSegment, on_delete=models.CASCADE, related_name="members")
    identity = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "identity"], name="once_on_a_list")]

    def __str__(self) -> str:
        return str(self.identity)


class Run(models.Model):
    """A question under way that its asker gave a name, so that it can be withdrawn from any process."""

    name = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(null=True)
    withdrawn = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """``running``, ``cancelled`` or ``done``."""
        if self.withdrawn:
            return "cancelled"
        return "running" if self.finished_at is None else "done"


class SavedAnalysis(models.Model):
    """A question that somebody wants to ask again, or to show to others."""

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20)
    body = models.JSONField(help_text=_("As it is sent to the API."))
    pinned = models.BooleanField(default=False, help_text=_("Shown on the overview."))
    shared = models.BooleanField(default=True, help_text=_("Seen by all staff, else by its owner alone."))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "saved analyses"

    def __str__(self) -> str:
        return self.name


class Annotation(models.Model):
    """Something that happened and may explain what charts show from that day on."""

    class Kind(models.TextChoices):
        RELEASE = "release", _("release")
        PRICE = "price", _("price")
        INCIDENT = "incident", _("incident")
        DECISION = "decision", _("decision")

    day = models.DateField(db_index=True, help_text=_("In the project's time zone."))
    instant = models.DateTimeField(null=True, help_text=_("Empty: the whole day is meant."))
    text = models.CharField(max_length=300)
    kind = models.CharField(max_length=10, choices=Kind)
    link = models.URLField(max_length=500, blank=True, default="")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-day", "-instant", "-id"]

    def __str__(self) -> str:
        return f"{self.day} {self.text}"
