"""Crawlers and browsers that a program drives. Their events are kept and marked."""

from typing import Any

from crawlerdetect import CrawlerDetect

from productops.lib.remembered import remembered

_HINTS = ("headless", "phantomjs", "puppeteer", "playwright", "selenium", "webdriver")
_LOOKED_AT = 512  # characters: agents are shorter, and the search takes the square of their length
_crawlers = CrawlerDetect()


@remembered(most=4_096, longest=_LOOKED_AT)
def is_bot_agent(user_agent: str) -> bool:
    """Whether a browser's user agent is that of a crawler or of a browser without a window."""
    lowered = user_agent.lower()
    return any(hint in lowered for hint in _HINTS) or bool(_crawlers.is_crawler(user_agent))


def is_bot(user_agent: Any, client_hints: Any = None) -> bool:
    """``client_hints`` is ``context.userAgentData``: its brands name a headless browser even under another agent."""
    if isinstance(user_agent, str) and user_agent and is_bot_agent(user_agent[:_LOOKED_AT]):
        return True
    brands = client_hints.get("brands") if isinstance(client_hints, dict) else None
    return isinstance(brands, list) and any(
        isinstance(brand, dict) and "headless" in str(brand.get("brand", "")).lower() for brand in brands
    )
