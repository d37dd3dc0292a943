"""Edits of the mapping. Each is one transaction and stands in the audit trail; each raises ValidationError."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from analytics.features.models import Area, Feature, FeatureRule
from analytics.features.queries import as_rule
from analytics.metrics.features import Rule
from productops.lib.models import User, record

MOST_AREAS, MOST_FEATURES, MOST_RULES = 30, 100, 10

Listed = TypeVar("Listed", Area, Feature)


@transaction.atomic
def add_area(*, key: str, name: str, user: User | None) -> Area:
    """Put an area after the others. ``user`` None: a command does."""
    area = _append(Area(key=key, name=name), Area, MOST_AREAS)
    record(user, "areas.add", str(area))
    return area


@transaction.atomic
def edit_area(*, area: Area, name: str, user: User) -> Area:
    area.name = name
    area.full_clean()
    area.save(update_fields=["name"])  # its place may have changed meanwhile
    record(user, "areas.edit", str(area))
    return area


@transaction.atomic
def move_area(*, area: Area, to: int, user: User) -> None:
    """Move an area to a place in the list, counted from 0; one beyond its end is the end."""
    _move(area, Area, to)
    record(user, "areas.move", str(area), place=to)


@transaction.atomic
def delete_area(*, area: Area, user: User) -> None:
    """Its features stay, in no area."""
    record(user, "areas.delete", str(area))
    area.delete()
    _number(Area.objects.select_for_update())


@transaction.atomic
def add_feature(*, key: str, name: str, area: Area | None, rules: Sequence[Rule], user: User | None) -> Feature:
    """Put a feature after the others. ``user`` None: a command does."""
    feature = _append(Feature(key=key, name=name, area=area), Feature, MOST_FEATURES)
    _write_rules(feature, rules)
    record(user, "features.add", str(feature), rules=_told(rules))
    return feature


@transaction.atomic
def edit_feature(
    *, feature: Feature, name: str, area: Area | None, rules: Sequence[Rule] | None = None, user: User
) -> Feature:
    """``rules`` take the place of those it has; None leaves them."""
    feature.name, feature.area = name, area
    feature.full_clean()
    feature.save(update_fields=["name", "area"])
    if rules is not None:
        feature.rules.all().delete()
        _write_rules(feature, rules)
    record(user, "features.edit", str(feature), **({} if rules is None else {"rules": _told(rules)}))
    return feature


@transaction.atomic
def move_feature(*, feature: Feature, to: int, user: User) -> None:
    """Move a feature to a place in the list, counted from 0: an event's breakdown names the first it belongs to."""
    _move(feature, Feature, to)
    record(user, "features.move", str(feature), place=to)


@transaction.atomic
def delete_feature(*, feature: Feature, user: User) -> None:
    record(user, "features.delete", str(feature), rules=_told(as_rule(rule) for rule in feature.rules.all()))
    feature.delete()
    _number(Feature.objects.select_for_update())


def _append(one: Listed, model: type[Listed], most: int) -> Listed:
    one.position = len(model.objects.select_for_update())
    if one.position >= most:
        raise ValidationError(_("There can be %(most)d of these.") % {"most": most})
    one.full_clean()
    one.save()
    return one


def _move(one: Listed, model: type[Listed], to: int) -> None:
    listed = list(model.objects.select_for_update())
    listed.remove(one)
    listed.insert(max(to, 0), one)
    _number(listed)


def _number(listed: Iterable[Area | Feature]) -> None:
    for place, each in enumerate(listed):
        if each.position != place:
            each.position = place
            each.save(update_fields=["position"])


def _write_rules(feature: Feature, rules: Sequence[Rule]) -> None:
    if not 1 <= len(rules) <= MOST_RULES:
        raise ValidationError({"rules": _("Give 1 to %(most)d rules.") % {"most": MOST_RULES}})
    written = [FeatureRule(feature=feature, target=one.target, match=one.match, pattern=one.pattern) for one in rules]
    for rule in written:
        rule.full_clean()
    FeatureRule.objects.bulk_create(written)


def _told(rules: Iterable[Rule]) -> list[str]:
    return [f"{rule.target} {rule.match} {rule.pattern}" for rule in rules]
