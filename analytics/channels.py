"""The channels there are, one visible table.

`has_delivery` decides the base of the conversion rate (delivered messages, or unique clicks where nothing is
delivered) and which campaigns stand in a funnel of messages.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    name: str
    label: str
    has_delivery: bool


CHANNELS: tuple[Channel, ...] = (
    Channel("email", "E-mail", True),
    Channel("sms", "SMS", True),
    Channel("push", "Push", True),
    Channel("whatsapp", "WhatsApp", True),
    Channel("direct_mail", "Direct mail", True),
    Channel("search", "Search", False),
    Channel("social", "Social", False),
    Channel("display", "Display", False),
    Channel("video", "Video", False),
    Channel("affiliate", "Affiliate", False),
    Channel("other", "Other", False),
)

OTHER = "other"
BY_NAME: dict[str, Channel] = {channel.name: channel for channel in CHANNELS}
DELIVERING: tuple[str, ...] = tuple(channel.name for channel in CHANNELS if channel.has_delivery)
