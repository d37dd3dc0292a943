"""A crew of processes on one installation that are killed all the time; run by ``test_crash``.

``python -m tests.store.crew FOLDER KILLS SEED`` migrates the database that the environment
names, lets two ingesters, two sealers, a compactor, one that makes columns, a janitor and a reader
work on it while one of them after another is killed and started again, and prints what came out as JSON.
"""

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import django

django.setup()

# Everything is imported before the forks and opened after them.
import duckdb  # noqa: E402, F401
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from analytics.collect.writing import insert_events  # noqa: E402
from analytics.event import EventRow  # noqa: E402
from analytics.models import AskedProperty, Event, Segment  # noqa: E402
from analytics.store import asked, compact, janitor, reading, seal  # noqa: E402

FOLDER, KILLS, SEED = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
STOP, LOOKS = FOLDER / "stop", FOLDER / "looks"
INGESTERS = (0, 1)
NEW, RESENT, SHARED = 40, 15, 10
DAY_US = 86_400_000_000


def message(ingester: int, batch: int, number: int) -> str:
    return f"{ingester}:{batch}:{number}"


def sent(ingester: int, batch: int) -> list[str]:
    """The message ids of a batch: new ones, some that this ingester sent before, some of the other's."""
    chance = random.Random(f"{SEED}:{ingester}:{batch}")
    new = [message(ingester, batch, number) for number in range(NEW)]
    if batch == 0:
        return new
    again = [message(ingester, chance.randrange(batch), chance.randrange(NEW)) for _ in range(RESENT)]
    shared = [message(1 - ingester, chance.randrange(batch), chance.randrange(NEW)) for _ in range(SHARED)]
    mixed = new + again + shared
    chance.shuffle(mixed)
    return mixed


def row(message_id: str) -> EventRow:
    """The event of a message id, the same however often it is sent: its time lies anywhere in ten weeks."""
    chance = random.Random(f"{SEED}:{message_id}")
    at_us, actor = chance.randrange(70 * DAY_US), chance.randrange(1, 500)
    return EventRow(
        source=1, message_id=message_id, type="track", event="seen", at_us=at_us, received_us=at_us, actor=actor
    )


def acknowledged(ingester: int) -> list[int]:
    """The batches of this ingester that were acknowledged; a line that a kill has cut short is none."""
    batches: set[int] = set()
    for file in FOLDER.glob(f"acks-{ingester}-*"):
        *lines, _ = file.read_text().split("\n")
        batches.update(map(int, lines))
    return sorted(batches)


def ingest(ingester: int) -> None:
    """Send batch after batch as an SDK does: what wasn't acknowledged is sent again."""
    log = os.open(FOLDER / f"acks-{ingester}-{os.getpid()}", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    for batch in count(len(acknowledged(ingester))):
        if STOP.exists():
            return
        with transaction.atomic():
            insert_events([row(message_id) for message_id in sent(ingester, batch)])
        os.write(log, f"{batch}\n".encode())
        time.sleep(0.02)


def working(work: Callable[[], object]) -> Callable[[], None]:
    def work_on() -> None:
        while not STOP.exists():
            work()
            time.sleep(random.uniform(0, 0.1))

    return work_on


def widen() -> None:
    """Make columns of other properties each time, so that there are always files that lack one."""
    AskedProperty.objects.all().delete()
    asked.remember([f"property {random.randrange(4)}"])
    compact.widen(most_rows=1_000)


def stored() -> list[str]:
    with reading.snapshot() as tables:
        return tables.events.message_id.to_pyarrow().to_pylist()


def read() -> None:
    """Check snapshot after snapshot: no event twice, none lost, every one that was acknowledged before."""
    seen: set[str] = set()
    looks = os.open(LOOKS, os.O_WRONLY | os.O_APPEND)
    while not STOP.exists():
        promised = {(ingester, batch) for ingester in INGESTERS for batch in acknowledged(ingester)}
        rows = stored()
        now = set(rows)
        assert len(now) == len(rows), f"{len(rows) - len(now)} events twice"
        assert seen <= now, f"{len(seen - now)} events vanished"
        missing = [batch for batch in promised if not now.issuperset(sent(*batch))]
        assert not missing, f"acknowledged and not there: {missing}"
        seen = now
        os.write(looks, b".")


def looked() -> int:
    return LOOKS.stat().st_size


CREW: dict[str, Callable[[], None]] = {
    "ingester 0": lambda: ingest(0),
    "ingester 1": lambda: ingest(1),
    "sealer 0": working(lambda: seal.seal(limit=random.randrange(1, 2_000))),
    "sealer 1": working(lambda: seal.seal(limit=random.randrange(1, 2_000))),
    "compactor": working(compact.compact),
    "widener": working(widen),
    "janitor": working(janitor.sweep),
    "reader": read,
}
fork = multiprocessing.get_context("fork")


def start(role: str) -> multiprocessing.Process:
    process = fork.Process(target=CREW[role], name=role)
    process.start()
    return process


def kill_one_after_another() -> None:
    crew = {role: start(role) for role in CREW}
    try:
        work_and_be_killed(crew)
        STOP.touch()
        for role, process in crew.items():
            process.join()
            if process.exitcode:
                sys.exit(f"{role} ended with {process.exitcode}")
    finally:
        for process in crew.values():
            process.kill()


def work_and_be_killed(crew: dict[str, multiprocessing.Process]) -> None:
    chance = random.Random(SEED)
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.05, 0.8))
        role = chance.choice(list(crew))
        crew[role].kill()
        crew[role].join()
        # Whoever had ended before had failed.
        if crew[role].exitcode != -signal.SIGKILL:
            sys.exit(f"{role} ended with {crew[role].exitcode}")
        crew[role] = start(role)
    looks, alive = looked(), crew["reader"].is_alive
    while looked() < looks + 3 and alive():
        time.sleep(0.05)


def main() -> None:
    LOOKS.touch()
    migration = fork.Process(target=call_command, args=("migrate",), kwargs={"verbosity": 0})
    migration.start()
    migration.join()
    kill_one_after_another()
    unsealed = Event.objects.unsealed().count()
    seal.seal()
    compact.compact()
    rows = stored()
    promised = {
        message_id for ingester in INGESTERS for batch in acknowledged(ingester) for message_id in sent(ingester, batch)
    }
    print(
        json.dumps(
            {
                "looks": looked(),
                "acknowledged": len(promised),
                "stored": len(rows),
                "distinct": len(set(rows)),
                "missing": len(promised - set(rows)),
                "inbox": Event.objects.count(),
                "unsealed at the end": unsealed,
                "in segments": sum(segment.rows for segment in Segment.objects.published()),
                "segments": Segment.objects.count(),
                "origins": sorted(set(Segment.objects.values_list("origin", flat=True))),
            }
        )
    )


if __name__ == "__main__":
    main()
