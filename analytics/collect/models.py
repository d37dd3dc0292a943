"""Sources and their keys, the inbox of events, and the dead letters."""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import ExpressionWrapper, Q
from django.utils.translation import gettext_lazy as _


class Platform(models.TextChoices):
    WEB = "web", _("Website")
    CHROME_EXTENSION = "chrome_extension", _("Chrome extension")
    IOS = "ios", _("iOS")
    ANDROID = "android", _("Android")
    SERVER = "server", _("Server")


class Privacy(models.TextChoices):
    """What a source does with an event whose browser says ``Sec-GPC: 1`` or ``DNT: 1``."""

    KEEP = "keep", _("Keep it as it is")
    ANONYMOUS = "anonymous", _("Keep it without ids and address")
    DROP = "drop", _("Don't keep it")


class Source(models.Model):
    """A place events come from. Its keys can be rotated; its events keep pointing at it."""

    name = models.CharField(max_length=100, unique=True)
    platform = models.CharField(max_length=20, choices=Platform, default=Platform.WEB)
    allowed_origins = models.JSONField(
        default=list, blank=True, help_text=_("Origins a browser may send from, as https://example.com. Empty: any.")
    )
    truncate_ip = models.BooleanField(default=True)
    privacy = models.CharField(
        max_length=10,
        choices=Privacy,
        default=Privacy.ANONYMOUS,
        help_text=_("What becomes of events from browsers that ask not to be tracked (Global Privacy Control, DNT)."),
    )
    consent_category = models.CharField(
        max_length=60,
        default="",
        blank=True,
        help_text=_("The consent category this portal belongs to. Empty: any category that was agreed to is enough."),
    )
    max_event_kib = models.PositiveSmallIntegerField(
        default=32,
        validators=[MinValueValidator(1), MaxValueValidator(1024)],
        help_text=_("Larger events go to the dead letters."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class SourceKeyQuerySet(models.QuerySet["SourceKey"]):
    def live(self) -> Self:
        return self.filter(revoked_at=None)


class SourceKey(models.Model):
    """A key of a source. At most two of a kind are live at once, so that one can be rotated in."""

    class Kind(models.TextChoices):
        WRITE = "write", _("Write key")
        SECRET = "secret", _("Secret key")

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=6, choices=Kind)
    # A write key is public: it stands in every page that sends. A secret key signs end users'
    # tokens, so that its text is needed again and can't be kept as a hash.
    key = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = SourceKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.key[:6]}…"


class Flag(models.IntegerChoices):
    """Bits of ``Event.flags``."""

    PASSIVE = 1, _("passive: no activity")
    BOT = 2, _("bot")
    FUTURE = 4, _("timestamp in the future")
    PAST = 8, _("timestamp far in the past")
    SKEWED = 16, _("clock corrected")
    CUT = 32, _("a value was cut to its limit")
    GENERIC_ID = 64, _("an id that names nobody was left out")
    IMPORTED = 128, _("imported")


class EventQuerySet(models.QuerySet["Event"]):
    def unsealed(self) -> Self:
        return self.filter(segment=None)


class Event(models.Model):
    """The inbox: an event since its acknowledgement, and until 30 days after it was sealed.

    The columns after ``id`` and ``segment`` are those of ``analytics.store.schema.EVENTS``, in
    the same types: integers are signed 64 bit, times are UTC microseconds, text is never NULL.
    """

    id = models.BigAutoField(primary_key=True)
    segment = models.BigIntegerField(
        null=True, editable=False, help_text=_("The segment that holds it; NULL: none yet.")
    )
    sealed_at = models.DateTimeField(null=True, editable=False)
    source = models.BigIntegerField()
    message_id = models.CharField(max_length=255)
    type = models.CharField(max_length=10)
    event = models.CharField(max_length=200)
    at_us = models.BigIntegerField()
    received_us = models.BigIntegerField()
    actor = models.BigIntegerField()
    anon = models.BigIntegerField(default=0)
    device = models.BigIntegerField()
    session_id = models.CharField(max_length=255, default="")
    account = models.CharField(max_length=255, default="")
    platform = models.CharField(max_length=20)
    page = models.CharField(max_length=1024, default="")
    touch = models.CharField(max_length=1024, default="")
    customer_segment = models.CharField(max_length=255, default="")
    value = models.FloatField(null=True)
    flags = models.IntegerField(default=0)
    properties = models.TextField(default="{}")
    context = models.TextField(default="{}")

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "message_id"], name="one_event_per_message")]
        indexes = [
            models.Index(fields=["id"], name="unsealed_events", condition=models.Q(segment=None)),
            models.Index(fields=["sealed_at"], name="sealed_events", condition=models.Q(sealed_at__isnull=False)),
            models.Index(fields=["actor"], name="events_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.message_id}"


class DeadLetterQuerySet(models.QuerySet["DeadLetter"]):
    _WITHHELD = Q(private=True, body=b"")

    def replayable(self) -> Self:
        """Those that weren't replayed yet, and of which something was kept if it may be."""
        return self.filter(replayed_at=None).exclude(self._WITHHELD)

    def saying_what_is_withheld(self) -> Self:
        """With ``withheld``: whether nothing of it was kept because the browser asked not to be tracked."""
        return self.annotate(withheld=ExpressionWrapper(self._WITHHELD, models.BooleanField()))


class DeadLetter(models.Model):
    """A part of a request that could not be taken as an event, with the reason."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="dead_letters")
    received_at = models.DateTimeField(db_index=True)
    reason = models.CharField(max_length=60, db_index=True)
    detail = models.CharField(max_length=300)
    message_id = models.CharField(max_length=255, default="")
    path = models.CharField(max_length=60)
    body = models.BinaryField(help_text=_("What was sent, to 64 KiB."))
    count = models.IntegerField(default=1)
    # What the request's headers and key said, without them: a replayed event is to be what it would have been.
    private = models.BooleanField(default=False, help_text=_("The browser asked not to be tracked."))
    trusted = models.BooleanField(default=False, help_text=_("It was sent with the secret key."))
    by_bot = models.BooleanField(default=False, help_text=_("A bot's browser sent it."))
    replayed_at = models.DateTimeField(null=True)

    objects = DeadLetterQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


class SourceMinute(models.Model):
    """What a source sent in a minute, for its health page.

    Each process that writes counts in a row of its own, so that none waits for another's lock:
    a source's minute is the sum over ``writer``.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="minutes")
    minute = models.DateTimeField()
    writer = models.IntegerField(default=0, help_text=_("Process id of the writer."))
    accepted = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    suppressed = models.IntegerField(default=0, help_text=_("Taken and not kept: consent, privacy or suppression."))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "minute", "writer"], name="one_row_per_source_minute")]
        indexes = [models.Index(fields=["minute"])]

    def __str__(self) -> str:
        return f"{self.source} {self.minute:%Y-%m-%d %H:%M}"
