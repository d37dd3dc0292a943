"""The environment's variables, read so that a wrong one is answered with a sentence, not a traceback."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from environ import Env

TRUE, FALSE = {"1", "true", "on", "yes"}, {"", "0", "false", "off", "no"}
RATE = re.compile(r"[1-9]\d*/(sec|min|hour|day)")


class WrongSetting(ImproperlyConfigured):
    """A variable that can't be used; its text says how to mend it. Secrets in a value are not repeated."""


class Environment:
    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, default)

    def number(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        text = self.text(name, str(default))
        value = int(text) if text.isascii() and text.isdigit() else -1
        if value < least or (most is not None and value > most):
            until = f" to {most}" if most is not None else " or more"
            self._refuse(name, text, f"give a whole number, {least}{until}; unset it for {default}")
        return value

    def switch(self, name: str) -> bool:
        """On or off; off when unset."""
        text = self.text(name).lower()
        if text not in TRUE | FALSE:
            self._refuse(name, text, "use true or false")
        return text in TRUE

    def words(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        return [word.strip() for word in self.text(name, ",".join(default)).split(",") if word.strip()]

    def choice(self, name: str, default: str, of: tuple[str, ...]) -> str:
        text = self.text(name, default)
        if text not in of:
            self._refuse(name, text, f"use {', '.join(of[:-1])} or {of[-1]}")
        return text

    def rate(self, name: str, default: str) -> str:
        text = self.text(name, default)
        if not RATE.fullmatch(text):
            self._refuse(name, text, f"write it as {default}: a count per sec, min, hour or day")
        return text

    def folder(self, name: str, default: Path) -> Path:
        """A folder, made if need be."""
        path = Path(self.text(name, str(default))).expanduser().resolve()
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._refuse(name, str(path), f"{error.strerror}; name a folder the portal's user may write to")
        return path

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Django's form of a database URL."""
        url = self.text(name, default)
        scheme = url.partition(":")[0]
        if scheme not in ("sqlite", "postgres", "postgresql"):
            self._refuse(name, scheme, "begin it with postgres:// or sqlite:///; unset it for SQLite in DATA_DIR")
        return dict(Env.db_url_config(url))

    def mail(self, name: str, default: str) -> dict[str, Any]:
        """Django's settings for a mail server's URL."""
        url = self.text(name, default)
        scheme = url.partition(":")[0]
        if scheme not in Env.EMAIL_SCHEMES:
            self._refuse(name, scheme, "write it as smtp+tls://user:password@host:587, or unset it to print mails")
        return dict(Env.email_url_config(url))

    def _refuse(self, name: str, value: str, advice: str) -> NoReturn:
        raise WrongSetting(f"{name} can't be {value!r}: {advice}.")
