"""The ASGI application: the collector for those who send events, Django for everybody else."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "productops.settings")

from django.core.asgi import get_asgi_application

django = get_asgi_application()

from analytics.collect.app import Collector  # noqa: E402  (Django's apps first)
from analytics.collect.incoming import Receive, Scope, Send  # noqa: E402
from analytics.explore.ready import get_ready  # noqa: E402
from analytics.store import pool  # noqa: E402

collector = Collector()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await live(receive, send)
    elif scope["type"] == "http" and collector.serves(scope):
        await collector(scope, receive, send)
    else:
        await django(scope, receive, send)  # type: ignore[arg-type]


async def live(receive: Receive, send: Send) -> None:
    """Start with the server, query processes in the background; before it ends, commit what was taken."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            pool.warm(get_ready)
            collect_garbage_seldom()
            await send({"type": "lifespan.startup.complete"})
        else:
            await collector.close()
            pool.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


def collect_garbage_seldom() -> None:
    """Events are thousands of objects and hardly a ring among them: to look for rings often is waste."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
