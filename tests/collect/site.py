"""A website on an origin of its own that carries Segment's browser library, as its npm package ships it."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.lib.optional_tools import NODE_MODULES

LIBRARY = NODE_MODULES / "@segment" / "analytics-next" / "dist" / "umd"
PAGE = b"""<!doctype html><html><head><title>Shop</title><link rel="icon" href="data:,"></head>
<body><h1>Shop</h1><script src="/index.js"></script></body></html>"""


class _Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.partition("?")[0].endswith(".js"):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments: Any) -> None:
        pass


class Site:
    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(LIBRARY)))
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
