"""Whether the installation is well: background tasks, lag, storage, refused events."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.dashboards.data import health as checks
from productops.lib import dates
from productops.lib.cards import Card, Column, Definition, Notice, Table
from productops.lib.cells import Link, Tag, Tone
from productops.lib.models import Role
from productops.lib.numbers import UNKNOWN, compact
from productops.lib.roles import role_required

SEAL_LATE = timedelta(minutes=10)
NIGHT_LATE = timedelta(hours=36)


@role_required(Role.VIEWER)
def health_page(request: HttpRequest) -> HttpResponse:
    cards = [
        tasks_card(checks.task_health()),
        lag_card(checks.lag()),
        storage_card(checks.storage()),
        refused_card(checks.refused()),
    ]
    return render(request, "pages/cards.html", {"title": _("Health"), "crumb": _("Run"), "cards": cards})


def tasks_card(tasks: list[checks.TaskHealth]) -> Card:
    failed = [task.task for task in tasks if task.failed]
    nights = [task.last_success for task in tasks if task.task == "night" and task.last_success]
    if nights and timezone.now() - nights[0] > NIGHT_LATE:
        takeaway = _("The last night that went well was on %(day)s: is the worker running?")
        takeaway %= {"day": dates.day(nights[0].date(), timezone.now().date())}
    elif failed:
        takeaway = _("%(names)s failed in its last run and will be tried again; the reason stands in the table.")
        takeaway %= {"names": ", ".join(failed)}
    else:
        takeaway = _("Every background task went well the last time it ran.")
    return Card(
        key="tasks",
        question=_("Did last night's work go well?"),
        takeaway=takeaway if tasks else "",
        definition=Definition(
            _("The newest run of each background task, and when it last went well. A failed night is caught up next.")
        ),
        table=Table(
            _("Background tasks"),
            [
                Column(_("Task")),
                Column(_("Last run")),
                Column(_("Started"), "time", phone=False),
                Column(_("Last success"), "time"),
                Column(_("Result"), wide=True, phone=False),
            ],
            [
                [
                    task.task,
                    state_tag(task),
                    task.last.started_at,
                    task.last_success,
                    task.last.error[-200:] or task.last.summary,
                ]
                for task in tasks
            ],
        ),
        state=None
        if tasks
        else Notice(
            "never", _("No task has run yet. Start the portal with “manage.py serve”, or run:"), "manage.py rollup"
        ),
    )


def state_tag(task: checks.TaskHealth) -> Tag:
    tones: dict[str, Tone] = {"failed": "bad", "running": "accent", "finished": "good"}
    text = str(task.last.get_state_display())
    if task.last.state == "running":
        text += f" {task.last.progress:.0%}"
    return Tag(text, tones.get(task.last.state, ""))


def lag_card(lag: checks.Lag) -> Card:
    age = timezone.now() - lag.oldest_unsealed if lag.oldest_unsealed else timedelta()
    late = age > SEAL_LATE
    takeaway = (
        _("Sealing is behind: the oldest waiting event came in %(minutes)s minutes ago. Is the worker running?")
        % {"minutes": int(age.total_seconds() // 60)}
        if late
        else _("Events are sealed as they come in, and none is lost or late.")
    )
    return Card(
        key="lag",
        question=_("How far behind is the portal?"),
        takeaway=takeaway,
        definition=Definition(
            _(
                "Events wait in the inbox until they are sealed into files; both are read, so a waiting event counts "
                "at once. Days to redo are those that late events or merged people changed."
            )
        ),
        table=Table(
            _("Lag"),
            [Column(_("What")), Column(_("Value"), "count")],
            [
                [_("Events waiting to be sealed"), lag.unsealed],
                [_("Days waiting to be worked out again"), lag.stale_days],
                [_("Figures are complete to"), lag.rolled_up_to or UNKNOWN],
            ],
        ),
        span=6,
    )


def storage_card(storage: checks.Storage) -> Card:
    share = storage.disk_free / storage.disk_total if storage.disk_total else 0
    takeaway = (
        _("Only %(share)s of the disk is free: add space, or move the data directory.")
        if share < 0.1
        else _("%(share)s of the disk is free.")
    ) % {"share": f"{share:.0%}"}
    return Card(
        key="storage",
        question=_("How much room does it take?"),
        takeaway=takeaway,
        definition=Definition(
            _("Published files of each table below the data directory. Replaced files go once no reader can hold them.")
        ),
        table=Table(
            _("Storage"),
            [
                Column(_("Table")),
                Column(_("Files"), "count", phone=False),
                Column(_("Rows"), "count"),
                Column(_("Size"), "number", unit="MB"),
                Column(_("Per row"), "count", unit="B"),
            ],
            [[one.table, one.files, one.rows, one.bytes / 1e6, one.bytes_per_row] for one in storage.tables],
        ),
        source=ngettext("%(count)s row in the inbox", "%(count)s rows in the inbox", storage.inbox_rows)
        % {"count": compact(storage.inbox_rows)},
        span=6,
    )


def refused_card(reasons: list[checks.RefusedReason]) -> Card:
    takeaway = (
        _("“%(reason)s” is the most frequent reason: %(count)s in seven days.")
        % {"reason": reasons[0].reason, "count": compact(reasons[0].count)}
        if reasons
        else _("No event was refused in the last seven days.")
    )
    return Card(
        key="refused",
        question=_("Which events were refused?"),
        takeaway=takeaway,
        definition=Definition(
            _("Events that could not be taken, by reason. They are kept seven days and can be replayed once mended.")
        ),
        table=Table(
            _("Refused events by reason"),
            [Column(_("Reason")), Column(_("Events"), "count"), Column(_("Latest"), "time")],
            [[one.reason, one.count, one.latest] for one in reasons],
        ),
        actions=[Link(_("See refused events by source"), reverse("sources"))],
    )
