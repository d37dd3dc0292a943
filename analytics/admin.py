"""Lists of what analytics keeps. What people settle can be edited; what services write can be looked at."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from analytics import models
from productops.lib.admin import Audited, ReadOnly


@admin.register(models.Source)
class SourceAdmin(ReadOnly):
    list_display = ("name", "platform", "truncate_ip", "created_at")
    list_filter = ("platform",)
    search_fields = ("name",)


@admin.register(models.SourceKey)
class SourceKeyAdmin(ReadOnly):
    list_display = ("source", "kind", "masked", "created_at", "revoked_at")
    list_filter = ("kind", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("source",)
    search_fields = ("source__name",)
    fields = ("source", "kind", "masked", "created_at", "revoked_at")

    @admin.display(description=_("key"))
    def masked(self, key: models.SourceKey) -> str:
        return f"{key.key[:4]}…"


@admin.register(models.Event)
class EventAdmin(ReadOnly):
    list_display = ("id", "source", "type", "event", "platform", "message_id", "segment")
    list_filter = ("type", "platform", ("segment", admin.EmptyFieldListFilter))
    search_fields = ("=message_id", "=event")
    ordering = ("-id",)


@admin.register(models.DeadLetter)
class DeadLetterAdmin(ReadOnly):
    list_display = ("received_at", "source", "reason", "detail", "path", "count", "replayed_at")
    list_filter = ("reason", "source", ("replayed_at", admin.EmptyFieldListFilter))
    list_select_related = ("source",)
    search_fields = ("=message_id", "detail")


@admin.register(models.SourceMinute)
class SourceMinuteAdmin(ReadOnly):
    list_display = ("minute", "source", "accepted", "duplicates", "refused")
    list_filter = ("source",)
    list_select_related = ("source",)
    ordering = ("-minute",)


@admin.register(models.Identity)
class IdentityAdmin(ReadOnly):
    list_display = ("value", "kind", "person")
    list_filter = ("kind",)
    search_fields = ("=value", "=person")
    ordering = ("-first_us",)


@admin.register(models.IdentityEdge)
class IdentityEdgeAdmin(ReadOnly):
    list_display = ("id", "identity", "into", "rule", "accepted", "reason", "evidence")
    list_filter = ("rule", "accepted")
    search_fields = ("=identity", "=into", "evidence")
    ordering = ("-id",)


@admin.register(models.Account)
class AccountAdmin(ReadOnly):
    list_display = ("id", "__str__")
    search_fields = ("id",)


@admin.register(models.Suppression)
class SuppressionAdmin(ReadOnly):
    list_display = ("digest", "at")


@admin.register(models.Erasure)
class ErasureAdmin(ReadOnly):
    list_display = ("id", "state", "requested_at", "finished_at", "error")
    list_filter = ("state",)


@admin.register(models.Installation)
class InstallationAdmin(ReadOnly):
    list_display = ("id", "created_at")


@admin.register(models.Segment)
class SegmentAdmin(ReadOnly):
    list_display = ("path", "table", "state", "origin", "month", "rows", "bytes", "published_at")
    list_filter = ("table", "state", "origin")
    search_fields = ("path", "month")
    ordering = ("-id",)


@admin.register(models.AskedProperty)
class AskedPropertyAdmin(ReadOnly):
    list_display = ("name", "asked_at")
    search_fields = ("name",)
    ordering = ("-asked_at",)


@admin.register(models.Rollup)
class RollupAdmin(ReadOnly):
    list_display = ("grain", "period", "platform", "customer_segment", "channel", "persona", "event")
    list_filter = ("grain", "platform")
    ordering = ("-period",)


@admin.register(models.StaleDays)
class StaleDaysAdmin(ReadOnly):
    list_display = ("kind", "first_day", "last_day", "at")
    list_filter = ("kind",)


@admin.register(models.Watermark)
class WatermarkAdmin(ReadOnly):
    list_display = ("step", "day", "version", "locked_by", "locked_until")


@admin.register(models.TaskRun)
class TaskRunAdmin(ReadOnly):
    list_display = ("task", "state", "started_at", "finished_at", "progress", "summary")
    list_filter = ("task", "state")
    ordering = ("-id",)


@admin.register(models.QualityFinding)
class QualityFindingAdmin(ReadOnly):
    list_display = ("day", "check_name", "subject", "detail", "severity", "dismissed_at")
    list_filter = ("check_name", "severity", ("dismissed_at", admin.EmptyFieldListFilter))
    search_fields = ("subject", "detail")
    ordering = ("-day",)


@admin.register(models.ChannelRule)
class ChannelRuleAdmin(Audited):
    list_display = ("position", "field", "pattern", "channel")
    list_filter = ("channel", "field")
    search_fields = ("pattern", "channel")


@admin.register(models.Area)
class AreaAdmin(Audited):
    list_display = ("position", "key", "name")
    search_fields = ("key", "name")


@admin.register(models.Feature)
class FeatureAdmin(Audited):
    list_display = ("position", "key", "name", "area")
    list_filter = ("area",)
    list_select_related = ("area",)
    search_fields = ("key", "name")


@admin.register(models.FeatureRule)
class FeatureRuleAdmin(Audited):
    list_display = ("feature", "target", "match", "pattern")
    list_filter = ("target", "match")
    list_select_related = ("feature",)
    search_fields = ("pattern", "feature__name")


@admin.register(models.Goal)
class GoalAdmin(Audited):
    list_display = ("role", "events")


@admin.register(models.NorthStar)
class NorthStarAdmin(Audited):
    list_display = ("metric", "question", "target", "target_date")


@admin.register(models.PersonaPolicy)
class PersonaPolicyAdmin(Audited):
    list_display = ("from_day", "power_share", "power_key_actions", "whale_share", "whale_balance")
    ordering = ("-from_day",)


@admin.register(models.EventDefinition)
class EventDefinitionAdmin(Audited):
    list_display = ("name", "owner", "expected", "volume", "first_seen", "last_seen")
    list_filter = ("expected", "owner")
    search_fields = ("name", "description", "owner")
    readonly_fields = ("first_seen", "last_seen", "volume", "volume_28d", "properties")


@admin.register(models.PeopleSegment)
class PeopleSegmentAdmin(ReadOnly):
    list_display = ("name", "kind", "made_by", "changed_at")
    list_filter = ("kind",)
    search_fields = ("name", "description")


@admin.register(models.SegmentMember)
class SegmentMemberAdmin(ReadOnly):
    list_display = ("segment", "identity")
    list_filter = ("segment",)
    list_select_related = ("segment",)
    search_fields = ("=identity",)


@admin.register(models.Run)
class RunAdmin(ReadOnly):
    list_display = ("name", "user", "started_at", "finished_at", "withdrawn")
    list_select_related = ("user",)
    search_fields = ("=name",)


@admin.register(models.SavedAnalysis)
class SavedAnalysisAdmin(ReadOnly):
    list_display = ("name", "kind", "owner", "pinned", "shared", "changed_at")
    list_filter = ("kind", "pinned", "shared")
    list_select_related = ("owner",)
    search_fields = ("name",)


@admin.register(models.Annotation)
class AnnotationAdmin(ReadOnly):
    list_display = ("day", "text", "kind", "made_by")
    list_filter = ("kind",)
    list_select_related = ("made_by",)
    search_fields = ("text",)
