"""The cache: in Redis, where all web processes share it, and in their own memory while Redis is away.

Nothing that is kept here is needed: pages can be drawn again. So no page, login or answer may wait
for Redis or fail with it, and what is counted here, requests to the API, goes on being counted.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

T = TypeVar("T")

PAUSE_SECONDS = 5.0  # for which Redis isn't asked again after it failed
PATIENCE = {"socket_connect_timeout": 1.0, "socket_timeout": 1.0}  # seconds


class Redis:
    """Whether Redis answers, as this process knows it: caches are made for each thread."""

    away = False
    ask_again_at = 0.0

    @classmethod
    def may_be_asked(cls) -> bool:
        return not cls.away or time.monotonic() >= cls.ask_again_at

    @classmethod
    def failed(cls, problem: RedisError) -> None:
        cls.ask_again_at = time.monotonic() + PAUSE_SECONDS
        if not cls.away:
            log.warning("Redis can't be used; until it can, each process caches for itself: %s", problem)
        cls.away = True

    @classmethod
    def answered(cls, *, kept: bool) -> None:
        """``kept``: it took something, too; a full one goes on answering."""
        if cls.away and kept:
            log.warning("Redis can be used again.")
            cls.away = False


class RedisOrMemory(BaseCache):
    """Django's cache in Redis, and its cache in memory in place of it."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        # A connection that Redis has closed meanwhile is made anew, once and at once; silence is waited for once.
        options = {**PATIENCE, "retry": Retry(NoBackoff(), 1, (ConnectionError,))}
        self._redis = RedisCache(server, {**params, "OPTIONS": options})
        self._memory = LocMemCache(server, params)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._either(lambda cache: cache.add(key, value, timeout, version))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._either(lambda cache: cache.get(key, default, version), reads=True)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._either(lambda cache: cache.set(key, value, timeout, version))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._either(lambda cache: cache.touch(key, timeout, version))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._either(lambda cache: cache.delete(key, version))

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        asked = list(keys)
        return self._either(lambda cache: cache.get_many(asked, version), reads=True)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._either(lambda cache: cache.has_key(key, version), reads=True)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self._either(lambda cache: cache.incr(key, delta, version))

    def set_many(
        self, data: Mapping[Any, Any], timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> list[Any]:
        return self._either(lambda cache: cache.set_many(dict(data), timeout, version))

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        asked = list(keys)
        self._either(lambda cache: cache.delete_many(asked, version))

    def clear(self) -> None:
        self._either(lambda cache: cache.clear())

    def _either(self, ask: Callable[[BaseCache], T], *, reads: bool = False) -> T:
        if Redis.may_be_asked():
            try:
                found = ask(self._redis)
            except RedisError as problem:
                Redis.failed(problem)
            else:
                Redis.answered(kept=not reads)
                return found
        return ask(self._memory)
