"""A proxy in front of the portal that breaks what it is told to break: answers with 503, or drops connections."""

import gzip
import json
import socket
import threading
from collections import deque
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

_HOP = {"connection", "transfer-encoding", "keep-alive", "content-length", "date", "server"}
CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Retry-After",
}


class Attempt(NamedTuple):
    fault: str
    content: dict[str, Any]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Each message with the time at which this attempt was sent."""
        sent_at = {"sentAt": self.content["sentAt"]}
        return [message | sent_at for message in self.content.get("batch", [self.content])]


def content_of(body: bytes) -> dict[str, Any]:
    return dict(json.loads(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body))


class FaultyProxy:
    """``faults`` are used up by the requests that carry events, one each: ``503``, ``drop`` (before the portal
    sees the request) or ``drop_answer`` (after it was stored)."""

    def __init__(self, port: int) -> None:
        self.faults: deque[str] = deque()
        self.attempts: list[Attempt] = []  # each request that carried events
        self.statuses: list[int] = []  # of the answers that were passed on
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                fault = proxy.faults.popleft() if proxy.faults else ""
                proxy.attempts.append(Attempt(fault, content_of(body)))
                if fault == "503":
                    self.answer(503, {**CORS, "retry-after": "1"}, b'{"success":false}')
                elif fault == "drop":
                    self.hang_up()
                else:
                    answer = self.passed_on(body)
                    if fault == "drop_answer":
                        self.hang_up()
                    else:
                        self.answer(*answer)

            def do_GET(self) -> None:
                self.answer(*self.passed_on(b""))

            do_OPTIONS = do_GET  # noqa: N815

            def passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
                upstream = HTTPConnection("127.0.0.1", port, timeout=30)
                upstream.request(self.command, self.path, body, dict(self.headers.items()))
                response = upstream.getresponse()
                read = response.read()
                upstream.close()
                proxy.statuses.append(response.status)
                return response.status, {k: v for k, v in response.getheaders() if k.lower() not in _HOP}, read

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def hang_up(self) -> None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def faults_met(self) -> list[str]:
        return [attempt.fault for attempt in self.attempts]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for attempt in self.attempts for message in attempt.messages]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
