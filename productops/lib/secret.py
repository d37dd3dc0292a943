"""The installation's secret, made at first start when the environment gives none."""

import contextlib
import os
import secrets
from pathlib import Path


def kept_secret(path: Path) -> str:
    """Return the secret kept at ``path``, making it (mode 600) when there is none.

    Two processes may start at once: each writes a file of its own and links it into place, so
    that whoever comes second finds a whole secret there and reads it.
    """
    if not path.exists():
        own = path.with_name(f"{path.name}.{os.getpid()}")
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(own, path)
        own.unlink()
    return path.read_text().strip()
