"""How long ``make demo`` takes to show its first page when there is data already."""

import subprocess

import psutil

from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.installation import ROOT, Installation, free_port, wait_for_answer

SECONDS_FOR_THE_FIRST = 1200


def second_start(bench: Bench) -> Figures:
    portal = bench.copy(bench.with_rollups, "second-start")
    first = _start(portal, SECONDS_FOR_THE_FIRST)
    second = _start(portal, 60)
    parts = {"first start with this data, s": round(first, 1)}
    return Figures("make demo, second start, to the first page", round(second, 2), "s", 5, "at most", parts)


def _start(portal: Installation, seconds: float) -> float:
    """Seconds from the command to the first page."""
    port = free_port()
    environment = portal.environment | {"PORT": str(port)}
    quiet = subprocess.DEVNULL
    process = psutil.Popen(["make", "demo"], cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)
    try:
        return wait_for_answer(port, "/login/", seconds)
    finally:
        family = process.children(recursive=True)
        process.terminate()
        for member in family:
            if member.is_running() and "manage.py" in member.cmdline():
                member.terminate()
        psutil.wait_procs([process, *family], timeout=30)
