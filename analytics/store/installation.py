"""A database and the data directory with its segments belong together: both know the installation's id."""

from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from analytics.store.locks import alone
from analytics.store.models import Installation, Segment


class WrongDataDir(Exception):
    """DATA_DIR and DATABASE_URL name the halves of two installations."""


def claim() -> None:
    """Make sure, at a start, that DATA_DIR goes with the database; the very first start joins them.

    Raises WrongDataDir with a sentence that says what doesn't fit.
    """
    with alone("installation"), transaction.atomic():
        here, there = _kept_in_folder(), Installation.objects.first()
        if here and there:
            if here != there.id:
                raise WrongDataDir(_("DATA_DIR {folder} belongs to another database.").format(folder=settings.DATA_DIR))
        elif there:
            if Segment.objects.published().exists():
                raise WrongDataDir(
                    _("The segments of this database aren't in DATA_DIR {folder}.").format(folder=settings.DATA_DIR)
                )
            keep_in_folder(there.id)
        elif here:
            if next((settings.DATA_DIR / "segments").glob("*/*.parquet"), None):
                raise WrongDataDir(
                    _("DATA_DIR {folder} holds the segments of another database.").format(folder=settings.DATA_DIR)
                )
            Installation.objects.create(id=here)
        else:
            keep_in_folder(Installation.objects.create(id=uuid4()).id)


def keep_in_folder(id: UUID) -> None:
    settings.DATA_DIR.joinpath("installation").write_text(f"{id}\n")


def _kept_in_folder() -> UUID | None:
    file = settings.DATA_DIR / "installation"
    return UUID(file.read_text().strip()) if file.exists() else None
