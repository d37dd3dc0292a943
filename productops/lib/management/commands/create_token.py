"""``manage.py create_token NAME --role viewer``: prints an API token alone, making the user if need be."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from productops.lib.models import ApiToken, Role, User, record


class Command(BaseCommand):
    help = "Make an API token and print it; it can't be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER.value)
        parser.add_argument("--name", default="made on the command line", help="What the token is for.")

    def handle(self, *, username: str, role: str, name: str, **options: Any) -> None:
        with transaction.atomic():
            user, made = User.objects.get_or_create(username=username, defaults={"role": role})
            if made:
                user.set_unusable_password()
                user.save()
            if not user.has_role(role):
                raise CommandError(f"{username} may not act as {role}: a token can do no more than its user may.")
            token, text = ApiToken.issue(user=user, name=name, role=role)
            record(None, "token.create", token.name, prefix=token.prefix, role=role, owner=username)
        self.stdout.write(text)
