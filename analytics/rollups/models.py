"""Figures by day, week and month, and how far the nightly work has come."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from analytics.stale import StaleDays

__all__ = [
    "EventDefinition",
    "Goal",
    "Grain",
    "NorthStar",
    "PersonaPolicy",
    "QualityFinding",
    "Rollup",
    "StaleDays",
    "TaskRun",
    "Watermark",
]


class Grain(models.TextChoices):
    DAY = "day", _("day")
    WEEK = "week", _("week")
    MONTH = "month", _("month")


class Rollup(models.Model):
    """All figures of one period and one combination of dimensions.

    An empty dimension means all of its values, ``unknown`` those without one. ``values`` maps a
    metric's key to its value, or to [numerator, denominator] for a rate. Combinations in which
    everything is 0 have no row.
    """

    grain = models.CharField(max_length=5, choices=Grain)
    period = models.DateField()
    platform = models.CharField(max_length=20, default="")
    customer_segment = models.CharField(max_length=60, default="")
    channel = models.CharField(max_length=60, default="")
    persona = models.CharField(max_length=40, default="")
    event = models.CharField(max_length=200, default="")
    values = models.JSONField()
    version = models.CharField(
        max_length=16, help_text=_("Of calendar and definitions, by which figures are comparable.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grain", "platform", "customer_segment", "channel", "persona", "event", "period"],
                name="one_rollup_per_cell",
            )
        ]
        indexes = [models.Index(fields=["grain", "period"])]

    def __str__(self) -> str:
        return f"{self.grain} {self.period}"


class Watermark(models.Model):
    """How far a step of the nightly work has come; the row is also its lock."""

    class Step(models.TextChoices):
        """The steps that leave a day or a version; locks have rows of other names beside them."""

        NIGHT = "night"
        DERIVED = "derived"
        PERSONAS = "personas"
        ROLLUPS = "rollup_rows"
        DICTIONARY = "dictionary"

    step = models.CharField(primary_key=True, max_length=40)
    day = models.DateField(null=True, help_text=_("The last whole day that is done."))
    version = models.CharField(max_length=16, default="", help_text=_("Of calendar and definitions it was done with."))
    at = models.DateTimeField(auto_now=True)
    locked_by = models.CharField(max_length=100, default="")
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.step} {self.day}"


class TaskRun(models.Model):
    """One run of a background task, for the health page."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")

    task = models.CharField(max_length=40, db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    progress = models.FloatField(default=0)
    summary = models.CharField(max_length=300, default="")
    error = models.TextField(default="")

    def __str__(self) -> str:
        return f"{self.task} {self.state}"


class Goal(models.Model):
    """A named event condition; the built-in roles are those that metrics ask for."""

    class Role(models.TextChoices):
        SIGNUP = "signup", _("signup")
        ACTIVATION = "activation", _("activation")
        KEY_ACTION = "key_action", _("key action")
        COLLABORATION = "collaboration", _("collaboration")
        PAYMENT = "payment", _("payment")

    role = models.CharField(max_length=20, choices=Role, unique=True)
    events = models.JSONField(help_text=_("Names of events; any of them counts."))

    def __str__(self) -> str:
        return str(self.get_role_display())


class NorthStar(models.Model):
    """The one metric the team steers by, and its target."""

    metric = models.CharField(max_length=60, default="collaborative_workspaces")
    question = models.CharField(max_length=120, default="Are more teams working together each week?")
    target = models.FloatField(null=True, blank=True)
    target_date = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.metric


class PersonaPolicy(models.Model):
    """Cut-offs of the personas: the newest row that begins before a day holds for it, else the oldest row.

    A row is added with the two shares alone. The first night after ``from_day`` works the cut-offs
    out, once, from its last 28 days; from then on they stay, so that a share can move.
    """

    from_day = models.DateField(unique=True)
    power_share = models.FloatField(default=0.15)
    power_key_actions = models.IntegerField(
        null=True, editable=False, help_text=_("Key actions in 28 days at the cut-off; empty: not calibrated yet.")
    )
    whale_share = models.FloatField(default=0.05)
    whale_balance = models.FloatField(
        null=True, editable=False, help_text=_("Balance at the cut-off; empty: not calibrated yet.")
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(power_share__gte=0.10, power_share__lte=0.20), name="power_share_10_to_20_percent"
            ),
            models.CheckConstraint(
                condition=models.Q(whale_share__gt=0, whale_share__lt=1), name="whale_share_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"personas from {self.from_day}"


class EventDefinition(models.Model):
    """The dictionary's entry of an event name: what was seen, and what people wrote about it."""

    name = models.CharField(max_length=200, unique=True)
    description = models.TextField(blank=True, default="")
    owner = models.CharField(max_length=100, blank=True, default="")
    expected = models.BooleanField(default=True, help_text=_("Off: flagged wherever it turns up."))
    first_seen = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    volume = models.BigIntegerField(default=0)
    volume_28d = models.BigIntegerField(default=0)
    properties = models.JSONField(default=dict, help_text=_("Property → {type: count, …}, with example values."))

    def __str__(self) -> str:
        return self.name


class QualityFinding(models.Model):
    """Something in the data that someone should look at, found by a nightly check."""

    check_name = models.CharField(max_length=40)
    day = models.DateField()
    subject = models.CharField(max_length=200)
    detail = models.CharField(max_length=300)
    severity = models.CharField(max_length=10, default="warning")
    found_at = models.DateTimeField(auto_now_add=True)
    dismissed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_name", "day", "subject"], name="one_finding_per_day")]

    def __str__(self) -> str:
        return f"{self.check_name} {self.day} {self.subject}"
