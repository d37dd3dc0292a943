"""What would miss a segment if it were gone."""

from django.db.models import Q

from analytics.explore.models import PeopleSegment, SavedAnalysis
from analytics.explore.segments.definitions import references
from analytics.explore.segments.queries import definitions


def used_by(pk: int) -> tuple[list[PeopleSegment], list[SavedAnalysis]]:
    """The segments that rest on it, and the saved analyses that are asked of it."""
    resting = [other for other, definition in definitions().items() if pk in references(definition)]
    asked = Q(body__segment=pk) | Q(body__segment=str(pk))
    return list(PeopleSegment.objects.filter(pk__in=resting)), list(SavedAnalysis.objects.filter(asked))
