"""The channel rules an installation starts with. The first match wins."""

from analytics.people.models import ChannelRule

Field = ChannelRule.Field

_SEARCH_ENGINES = (
    r"google|bing|duckduckgo|yahoo|yandex|baidu|ecosia|qwant|startpage|naver|seznam|kagi|sogou|search\.brave|"
    r"search\.aol"
)
_SOCIAL = (
    r"facebook|instagram|linkedin|twitter|tiktok|reddit|pinterest|snapchat|threads|mastodon|bsky|quora|whatsapp|telegram|"
    r"youtube"
)
_SOCIAL_HOSTS = (
    rf"(^|\.)({_SOCIAL})\.|(^|\.)(x\.com|t\.co|lnkd\.in|fb\.me|fb\.com|youtu\.be|t\.me|vk\.com|news\.ycombinator\.com)$"
)

# First match wins: what was paid for, then what the link says of itself, then where it stood.
DEFAULT_RULES: tuple[tuple[str, str, str], ...] = (
    (Field.MEDIUM, r"^(referral[-_ ]?program|refer[-_ ]?a[-_ ]?friend|invite)$", "referral_program"),
    (Field.SOURCE, r"^(referral[-_ ]?program|refer[-_ ]?a[-_ ]?friend|invite)$", "referral_program"),
    (Field.MEDIUM, r"^(affiliates?|partners?)$", "affiliates"),
    (Field.CLICK_ID, r"^irclickid$", "affiliates"),
    (Field.MEDIUM, r"^(paid[-_ ]?social|social[-_ ]?paid)$", "paid_social"),
    (Field.SOURCE_MEDIUM, rf"({_SOCIAL}|^fb|^ig).* / (cpc|ppc|cpm|cpv|paid|ads?)", "paid_social"),
    (Field.CLICK_ID, r"^(ttclid|twclid|li_fat_id|epik|rdt_cid|sccid)$", "paid_social"),
    (Field.MEDIUM, r"^(cpc|ppc|sem|paid[-_ ]?search|paid)$", "paid_search"),
    (Field.CLICK_ID, r"^(gclid|gbraid|wbraid|msclkid|yclid)$", "paid_search"),
    (Field.MEDIUM, r"^(display|banner|cpm|expandable|interstitial)$", "display"),
    (Field.CLICK_ID, r"^dclid$", "display"),
    (Field.MEDIUM, r"^(e[-_ ]?mail|newsletter)$", "email"),
    (Field.SOURCE, r"^(e[-_ ]?mail|newsletter)$", "email"),
    (Field.REFERRER, r"^(mail|webmail|outlook)\.|(^|\.)mail\.(google|yahoo)\.", "email"),
    (Field.MEDIUM, r"^organic$", "organic_search"),
    (Field.MEDIUM, r"^social([-_ ](media|network))?$", "social"),
    (Field.CLICK_ID, r"^fbclid$", "social"),
    (Field.SOURCE, rf"^({_SOCIAL}|fb|ig|x)$", "social"),
    (Field.REFERRER, rf"(^|\.)({_SEARCH_ENGINES})\.", "organic_search"),
    (Field.REFERRER, _SOCIAL_HOSTS, "social"),
    (Field.MEDIUM, r"^(referral|link)$", "referral"),
    (Field.REFERRER, r".", "referral"),
    (Field.SOURCE, r".", "other"),
    (Field.CAMPAIGN, r".", "other"),
)
