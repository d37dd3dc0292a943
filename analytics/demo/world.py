"""What is planted: the segments, channels, platforms and zones of the invented product, and their rates."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Segment:
    """Rates are shares of the people who sign up; ``engagement`` is a share of the activated."""

    key: str
    share: float
    activation: float
    engagement: float
    paid: float
    plan: str
    seat_price: int  # minor units a month
    workspace: int  # people to a workspace; 0: works alone


SEGMENTS = (
    Segment("individual", 0.55, 0.55, 0.38, 0.075, "pro", 1_200, 0),
    Segment("small_team", 0.25, 0.66, 0.505, 0.18, "team", 2_400, 5),
    Segment("enterprise", 0.08, 0.80, 0.67, 0.45, "enterprise", 4_900, 16),
    Segment("education", 0.12, 0.58, 0.42, 0.07, "education", 600, 12),
)


@dataclass(frozen=True)
class Channel:
    """A way to the product. ``quality`` shifts activation and retention, in standard deviations."""

    key: str
    share: float
    quality: float
    touches: tuple[tuple[str, str, str, str, str], ...]
    """Click id, utm source, medium, campaign, referring host; one of them is drawn for a person."""
    cost: int = 0  # advertising minor units for each person who signs up


CHANNELS = (
    Channel("organic_search", 0.27, 0.25, (("", "", "", "", "google.com"), ("", "", "", "", "bing.com"))),
    Channel(
        "paid_search",
        0.20,
        0.0,
        (
            ("gclid", "google", "cpc", "brand", "google.com"),
            ("gclid", "google", "cpc", "video-maker", "google.com"),
            ("gclid", "google", "cpc", "crypto-wallet", "google.com"),
        ),
        900,
    ),
    Channel(
        "paid_social",
        0.17,
        -0.55,
        (("fbclid", "facebook", "paid_social", "creators", ""), ("fbclid", "instagram", "paid_social", "reels", "")),
        1_300,
    ),
    Channel(
        "referral", 0.12, 0.65, (("", "", "", "", "creatorweekly.example"), ("", "", "", "", "chainnotes.example"))
    ),
    Channel(
        "email", 0.09, 0.35, (("", "newsletter", "email", "spring", ""), ("", "newsletter", "email", "templates", ""))
    ),
    Channel("direct", 0.15, 0.05, (("", "", "", "", ""),)),
)


@dataclass(frozen=True)
class Platform:
    """A source of the product. ``gap`` is the median time between two events of a session, in seconds."""

    key: str
    share: float
    gap: float
    session_ids: bool
    library: tuple[str, str]
    agents: tuple[str, ...]


_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"

PLATFORMS = (
    Platform(
        "web",
        0.52,
        75.0,
        True,
        ("analytics.js", "npm:next-1.84.3"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME}",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15",
            "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
        ),
    ),
    Platform("ios", 0.22, 40.0, True, ("analytics-swift", "1.8.2"), ("Kelpie/4.2 CFNetwork/1568.300 Darwin/24.2.0",)),
    Platform("android", 0.17, 45.0, False, ("analytics-kotlin", "1.19.2"), ("okhttp/4.12.0",)),
    Platform(
        "chrome_extension",
        0.09,
        25.0,
        False,
        ("analytics.js", "npm:next-1.84.3"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME}",),
    ),
    Platform("server", 0.0, 1.0, False, ("analytics-python", "2.4.0"), ("analytics-python/2.4.0",)),
)
WEB, IOS, ANDROID, EXTENSION, SERVER = range(len(PLATFORMS))
BOT_AGENT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@dataclass(frozen=True)
class Zone:
    name: str
    share: float
    locale: str


ZONES = (
    Zone("America/New_York", 0.27, "en-US"),
    Zone("America/Los_Angeles", 0.16, "en-US"),
    Zone("America/Sao_Paulo", 0.08, "pt-BR"),
    Zone("Europe/London", 0.15, "en-GB"),
    Zone("Europe/Berlin", 0.18, "de-DE"),
    Zone("Asia/Kolkata", 0.10, "en-IN"),
    Zone("Asia/Tokyo", 0.06, "ja-JP"),
)

# Weight of each hour of the local day, and of each weekday from Monday.
HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 8, 14, 19, 21, 20, 17, 18, 20, 19, 17, 15, 14, 16, 17, 14, 9, 4], dtype=float)
WEEKDAYS = np.array([1.0, 1.06, 1.05, 1.02, 0.92, 0.62, 0.66])

# Share of the people who signed up in a calendar month that is active k months later; between them, geometric.
RETENTION = {1: 0.45, 2: 0.355, 3: 0.29, 4: 0.25, 5: 0.217, 6: 0.19, 9: 0.095, 12: 0.05, 18: 0.02, 24: 0.009, 36: 0.003}
LATE_COHORTS_BETTER = 0.08  # relative, at month 1: the younger half of the months against the older
FAST_RETAINS = 2.0  # month-1 retention of those activated within 24 hours ÷ that of all others
FAST_SHARE = 0.60  # of the activated, those within 24 hours of signing up
ENTERPRISE_CONVERTS = 6.0  # paid share of enterprise ÷ paid share of individuals
ONBOARDING_DAYS = 13  # activation and engagement happen within so many days of signing up, or not at all

# Anonymous visitors who never sign up, bots, and repeated events, as shares of people and of events.
VISITORS = 0.12
BOTS = 0.002
DUPLICATES = 0.005
LATE = 0.01
SECOND_DEVICE = 0.22  # of those who sign up; many of them never come back to take it up


@dataclass(frozen=True)
class Experiment:
    """Shown in the last ``days``; an effect is added to the base rate of its outcome, in order of ``variants``."""

    key: str
    outcome: str
    variants: tuple[str, ...]
    effects: tuple[float, ...]
    days: int = 120


EXPERIMENTS = (
    Experiment("signup_cta", "signup_completed", ("sign_up_free", "start_creating", "try_for_free"), (0.0, 0.06, 0.02)),
    Experiment("onboarding_flow", "first_video_created", ("five_steps", "three_steps"), (0.0, 0.08)),
    Experiment("pricing_layout", "upgrade_to_pro", ("current", "annual_discount"), (0.0, 0.04)),
)


def shares(of: tuple[Segment, ...] | tuple[Channel, ...] | tuple[Platform, ...] | tuple[Zone, ...]) -> np.ndarray:
    return np.array([each.share for each in of])
