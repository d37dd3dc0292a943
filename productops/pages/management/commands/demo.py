"""``manage.py demo``: a portal with demo data, ready to look at and to send to."""

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from analytics.collect.services import create_source
from analytics.rollups.tasks import update_dictionary
from productops.lib.models import ApiToken, Role, User, record

USERNAME = "admin"
WELCOME = """
  Log in as     {username}
  Password      {password}
  Write key     {write_key}
  API token     {token}
"""


class Command(BaseCommand):
    help = "Make demo data at the first start, then serve the portal."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", type=int, default=50_000)

    def handle(self, *, people: int, **options: Any) -> None:
        access = settings.DATA_DIR / "demo-access.json"
        call_command("migrate", verbosity=0)
        if not access.exists():
            if not (settings.DATA_DIR / "demo-truths.json").exists():
                call_command("generate_demo", people=people)
            call_command("rollup")
            update_dictionary()
            keep_secret(access, json.dumps(give_access()))
            connections.close_all()
            # Begin anew: this process has held three years of events, and would keep that memory while it serves.
            os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606
        self.stdout.write(WELCOME.format(**json.loads(access.read_text())))
        self.stdout.flush()
        call_command("serve")


def give_access() -> dict[str, str]:
    """Make an administrator, a source and a token, and return what opens each of them."""
    password = secrets.token_urlsafe(9)
    user, _ = User.objects.get_or_create(username=USERNAME, defaults={"is_staff": True, "is_superuser": True})
    user.role = Role.ADMIN
    user.set_password(password)
    user.save()
    _, write_key, _ = create_source(name=f"Your website {secrets.token_hex(2)}", platform="web")
    token, text = ApiToken.issue(user=user, name="demo", role=Role.ADMIN)
    record(None, "token.create", token.name, prefix=token.prefix, role=token.role, owner=USERNAME)
    return {"username": USERNAME, "password": password, "write_key": write_key, "token": text}


def keep_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
