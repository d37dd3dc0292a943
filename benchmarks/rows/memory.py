"""Resident memory of each kind of process, on ten million events."""

import json
from http.client import HTTPConnection
from threading import Event, Thread

from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask
from benchmarks.lib.installation import Server

STANDING = ("activity", "engagement", "acquisition")
PAGES = ("/", *(f"/product/{page}/?range=90d" for page in STANDING), "/people/")
MEASURES = ("people", "mau", "sessions")
TREND = {"series": [{"event": None, "measure": measure} for measure in MEASURES], "grain": "day"}


def web_worker(bench: Bench) -> Figures:
    portal = bench.big_with_rollups
    with portal.serve() as server:
        cookie = {"Cookie": f"sessionid={ask(portal, 'session_of_staff')}"}
        for path in PAGES * 5:
            _ask(server.port, "GET", path, cookie)
        used = server.worker_memory_mb()
    return Figures("Resident memory of a web worker, 10 million events", round(used), "MB", 400, "at most")


def query_process(bench: Bench) -> Figures:
    portal = bench.big_with_rollups
    first, last = ask(portal, "days_of_data")
    token = portal.manage("create_token", "bench-reader", "--role", "analyst").output.strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with portal.serve() as server:
        peak = _Peak(server)
        question = json.dumps(TREND | {"from": first, "to": last})
        body = _ask(server.port, "POST", "/api/analyses/trend/", headers, question)
        used = peak.stop()
    parts = {"computed in, ms": round(json.loads(body)["computed_in_ms"])}
    title = "Resident memory of a query process: people, MAU and sessions of each day of two years, 10 million events"
    return Figures(title, round(used), "MB", 2000, "at most", parts)


def night(bench: Bench) -> Figures:
    full = bench.full_night
    title = "Resident memory of a full night, 10 million events"
    return Figures(title, round(full.peak_mb), "MB", 2000, "at most", {"took, s": round(full.seconds, 1)})


class _Peak:
    """The most memory that a query process of the server holds from now on."""

    def __init__(self, server: Server) -> None:
        self.peak = 0.0
        self.ended = Event()
        self.thread = Thread(target=self._watch, args=(server,))
        self.thread.start()

    def _watch(self, server: Server) -> None:
        while not self.ended.wait(0.05):
            self.peak = max(self.peak, server.query_memory_mb())

    def stop(self) -> float:
        self.ended.set()
        self.thread.join()
        return self.peak


def _ask(port: int, method: str, path: str, headers: dict[str, str], body: str = "") -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=300)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}: {content[:500]!r}")
    return content
