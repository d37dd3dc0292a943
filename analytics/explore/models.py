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
