"""What Segment's and RudderStack's browser libraries fetch before they send anything."""

from typing import Any

from analytics.collect.keys import KnownSource


def segment_settings(key: str, scheme: str, host: str) -> dict[str, Any]:
    """Without ``apiHost`` the library sends to its maker; batches divide the number of requests by up to ten."""
    return {
        "integrations": {
            "Segment.io": {
                "apiKey": key,
                "apiHost": f"{host}/v1",
                "protocol": scheme,
                "addBundledMetadata": True,
                "maybeBundledConfigIds": {},
                "unbundledIntegrations": [],
                "deliveryStrategy": {"strategy": "batching", "config": {"size": 10, "timeout": 3000}},
            }
        },
        "plan": {"track": {"__default": {"enabled": True}}, "identify": {"__default": {"enabled": True}}},
        "legacyVideoPluginsEnabled": False,
        "remotePlugins": [],
    }


def rudderstack_config(key: str, source: KnownSource) -> dict[str, Any]:
    return {
        "source": {
            "id": str(source.id),
            "name": source.name,
            "writeKey": key,
            "enabled": True,
            "workspaceId": "portal",
            "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
            "connections": [],
            "destinations": [],
        }
    }
