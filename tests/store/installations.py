"""Installations apart from the test's own process and transaction."""

import json
import os
import subprocess
import sys
from pathlib import Path


class Installation:
    """An installation of its own, worked on by commands."""

    def __init__(self, url: str, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self.environment = os.environ | {"DATABASE_URL": url, "DATA_DIR": str(folder)}
        self.environment.pop("SECRET_KEY")
        self.manage("migrate", "--verbosity=0")

    def python(self, *arguments: str) -> str:
        run = subprocess.run(
            [sys.executable, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        if run.returncode:
            raise RuntimeError(run.stderr)
        return run.stdout

    def manage(self, *arguments: str) -> str:
        return self.python("manage.py", *arguments)

    def run(self, program: str) -> object:
        """Run statements, of which the last assigns ``answer``, and return that."""
        return json.loads(
            self.python("-c", f"import django, json; django.setup()\n{program}\nprint(json.dumps(answer))")
        )

    def message_ids(self) -> list[int]:
        return sorted(
            map(
                int,
                self.run(
                    "from analytics.store import reading\n"
                    "with reading.snapshot() as tables: answer = tables.events.message_id.to_pyarrow().to_pylist()"
                ),
            )
        )
