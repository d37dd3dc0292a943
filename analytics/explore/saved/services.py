"""Keeping analyses and annotations: each change stands in the audit trail."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models, transaction

from analytics.explore.models import Annotation, SavedAnalysis
from productops.lib.models import User, record

Kept = TypeVar("Kept", SavedAnalysis, Annotation)


@transaction.atomic
def save_analysis(*, values: Mapping[str, Any], user: User) -> SavedAnalysis:
    saved = SavedAnalysis.objects.create(**values, owner=user)
    record(user, "analysis.save", saved.name, analysis=saved.pk, kind=saved.kind)
    return saved


@transaction.atomic
def annotate(*, values: Mapping[str, Any], user: User) -> Annotation:
    annotation = Annotation.objects.create(**values, made_by=user)
    record(user, "annotation.create", annotation.text, annotation=annotation.pk, day=str(annotation.day))
    return annotation


@transaction.atomic
def change(*, kept: Kept, values: Mapping[str, Any], user: User) -> Kept:
    for name, value in values.items():
        setattr(kept, name, value)
    kept.save()
    record(user, f"{_word(kept)}.change", _title(kept), **{_word(kept): kept.pk}, changed=sorted(values))
    return kept


@transaction.atomic
def delete(*, kept: Kept, user: User) -> None:
    record(user, f"{_word(kept)}.delete", _title(kept), **{_word(kept): kept.pk})
    kept.delete()


def _word(kept: models.Model) -> str:
    return "analysis" if isinstance(kept, SavedAnalysis) else "annotation"


def _title(kept: SavedAnalysis | Annotation) -> str:
    return kept.name if isinstance(kept, SavedAnalysis) else kept.text
