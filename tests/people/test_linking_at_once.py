"""Several processes that link the same ids at the same time, on SQLite and on PostgreSQL."""

import os
import subprocess
import sys

WRITERS = 4
CHECK = """
import django; django.setup()
from django.db.models import F
from analytics.people.merging import rebuild_map
from analytics.people.models import Identity, IdentityEdge
persons = set(Identity.objects.values_list("person", flat=True))
assert Identity.objects.filter(pk__in=persons).exclude(person=F("pk")).count() == 0, "not flat"
rejected = list(IdentityEdge.objects.filter(accepted=False).values_list("identity", "into", "reason"))
assert len(rejected) == len(set(rejected)), "a rejection was recorded twice"
assert rebuild_map() == 0, "the edges tell another story than the map"
print(IdentityEdge.objects.filter(accepted=True).count())
"""


def test_writers_at_once_neither_deadlock_nor_disagree(empty_database, tmp_path):
    environment = {**os.environ, "DATABASE_URL": empty_database, "DATA_DIR": str(tmp_path)}

    def start(*arguments: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def finish(process: subprocess.Popen) -> str:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return output

    finish(start("manage.py", "migrate", "--verbosity=0"))
    for writer in [start("-m", "tests.people.linker", str(seed)) for seed in range(WRITERS)]:
        finish(writer)
    assert int(finish(start("-c", CHECK))) > 20
