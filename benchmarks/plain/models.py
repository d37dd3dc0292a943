from django.db import models


class PlainEvent(models.Model):
    """An event as one would keep it without further thought."""

    message_id = models.CharField(max_length=255, unique=True)
    event = models.CharField(max_length=200)
    user_id = models.CharField(max_length=255)
    anonymous_id = models.CharField(max_length=255)
    at = models.DateTimeField()
    properties = models.JSONField()
    context = models.JSONField()

    class Meta:
        app_label = "plain"
        indexes = [models.Index(fields=["at"]), models.Index(fields=["user_id", "at"])]

    def __str__(self) -> str:
        return self.message_id
