"""A start is refused where the segments in DATA_DIR aren't those of the database."""

import pytest

from analytics.models import Installation, Segment
from analytics.store import installation, seal
from analytics.store.installation import WrongDataDir

pytestmark = pytest.mark.django_db


def test_the_first_start_joins_both_and_every_other_finds_them_joined(data_dir):
    installation.claim()
    installation.claim()
    assert (data_dir / "installation").read_text().strip() == str(Installation.objects.get().id)


def test_the_folder_of_another_database_is_refused(data_dir):
    installation.claim()
    Installation.objects.update(id="00000000-0000-0000-0000-000000000001")
    with pytest.raises(WrongDataDir, match="another database"):
        installation.claim()


def test_an_empty_folder_is_refused_when_the_database_has_segments(data_dir, add_event):
    installation.claim()
    (data_dir / "installation").unlink()
    installation.claim()  # nothing is lost yet
    add_event("a")
    seal.seal()
    (data_dir / "installation").unlink()
    with pytest.raises(WrongDataDir, match="aren't in DATA_DIR"):
        installation.claim()


def test_an_empty_database_is_refused_when_the_folder_has_segments(data_dir, add_event):
    installation.claim()
    Installation.objects.all().delete()
    installation.claim()  # a new database for a folder without events
    add_event("a")
    seal.seal()
    Installation.objects.all().delete()
    Segment.objects.all().delete()
    with pytest.raises(WrongDataDir, match="holds the segments of another"):
        installation.claim()
