"""Files that nobody but their owner may read."""

import os
from pathlib import Path
from typing import IO


def created(path: Path) -> IO[bytes]:
    """A new file in place of whatever has this name, private before its first byte."""
    path.unlink(missing_ok=True)  # whoever has the old one open must not see what comes
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
