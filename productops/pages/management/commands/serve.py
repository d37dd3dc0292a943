"""``manage.py serve``: web, worker and beat, with a Redis of their own where none is named."""

import os
import socket
import sys
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from analytics.store import installation, unfinished
from productops.lib.redis import EmbeddedRedis
from productops.lib.static import collect_when_changed
from productops.lib.supervisor import ChildKeepsDying, Supervisor

SECONDS_FOR_THE_LAST_ONE = 10  # a portal that was just killed needs a moment to let go of its port
SECONDS_TO_ANSWER = 60


class Command(BaseCommand):
    help = "Run the portal: web, worker and beat. One Ctrl-C stops all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on; put a proxy with TLS before it.")
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        check_database()
        collect_when_changed()
        wait_until(lambda: port_is_free(host, port), SECONDS_FOR_THE_LAST_ONE, f"Port {port} is taken: set PORT.")
        connections.close_all()
        supervisor = Supervisor(say=self.stderr.write)
        supervisor.stop_on_signals()
        try:
            environment = os.environ | {"PORT": str(port)} | start_redis(supervisor)
            start_web(supervisor, environment, host, port)
            wait_until(
                lambda: supervisor.stopping or answers(host, port),
                SECONDS_TO_ANSWER,
                "The web server did not start; see its messages above.",
            )
            self.stdout.write(f"The portal is open on http://{host}:{port}/ (Ctrl-C stops it).")
            start_tasks(supervisor, environment)
            supervisor.run()
        except ChildKeepsDying as error:
            raise CommandError(str(error)) from error
        finally:
            supervisor.stop()


def start_redis(supervisor: Supervisor) -> dict[str, str]:
    """Start a Redis unless the environment names one; returns what the other processes must know of it."""
    if settings.REDIS_URL:
        return {}
    redis = EmbeddedRedis(settings.DATA_DIR / "redis")
    wait_until(
        lambda: not redis.answers(),
        SECONDS_FOR_THE_LAST_ONE,
        f"Another portal runs on {settings.DATA_DIR}: stop it, or set REDIS_URL for both.",
    )
    supervisor.add("Redis", redis.command(), os.environ)
    redis.wait_until_it_answers()
    return {"REDIS_URL": redis.url}


def start_web(supervisor: Supervisor, environment: Mapping[str, str], host: str, port: int) -> None:
    command = [sys.executable, "-m", "granian", "productops.asgi:application", "--interface=asgi", "--no-ws"]
    command += [f"--host={host}", f"--port={port}", f"--workers={settings.WEB_WORKERS}", "--log-level=warning"]
    command += ["--respawn-failed-workers", "--workers-kill-timeout=5"]
    supervisor.add("web server", command, environment)


def start_tasks(supervisor: Supervisor, environment: Mapping[str, str]) -> None:
    celery = [sys.executable, "-m", "celery", "--app", "productops.celery", "--quiet"]
    worker = ["worker", f"--concurrency={settings.TASK_WORKERS}", "--loglevel=WARNING", "--without-mingle"]
    beat = ["beat", f"--schedule={settings.DATA_DIR / 'beat-schedule'}", "--pidfile=", "--loglevel=WARNING"]
    supervisor.add("worker", [*celery, *worker], environment)
    supervisor.add("beat", [*celery, *beat], environment)


def check_database() -> None:
    """Refuse to start on a database that doesn't answer, is behind the code, or isn't that of this DATA_DIR."""
    try:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OperationalError as error:
        raise CommandError(f"The database at DATABASE_URL doesn't answer: {error}") from error
    if behind:
        raise CommandError("The database is behind the code: run `manage.py migrate` first.")
    if unfinished.begun():
        raise CommandError(unfinished.ADVICE)
    try:
        installation.claim()
    except installation.WrongDataDir as error:
        raise CommandError(f"{error} Name the folder that belongs to the database at DATABASE_URL.") from error


def port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(host: str, port: int) -> bool:
    """Whether a request gets an answer, whatever it says."""
    connection = HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/v1/")  # the collector's: answered without a session, a page or a log line
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def wait_until(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise CommandError(otherwise)
        time.sleep(0.05)
