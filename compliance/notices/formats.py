"""A message as each kind of channel takes it: bytes of JSON, or the text of a mail. No Django, no network."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

SENDER = "Marketing analytics"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one channel is told; `url` leads to the page that says more, if there is one."""

    key: str
    about: str
    title: str
    text: str
    url: str
    at: datetime

    @property
    def message_id(self) -> str:
        """The same for the same cause, however often it is sent, so that a receiver can tell."""
        return f"msg_{hashlib.blake2b(self.key.encode(), digest_size=16).hexdigest()}"


def mail(parcel: Parcel) -> str:
    return "\n\n".join(filter(None, (parcel.text.rstrip(), parcel.url))) + "\n"


def webhook(parcel: Parcel) -> bytes:
    """Type, moment and data, as the Standard Webhooks specification advises."""
    data = {"title": parcel.title, "text": parcel.text, "url": parcel.url}
    return _json({"type": f"notice.{parcel.about}", "timestamp": parcel.at.isoformat(), "data": data})


def slack(parcel: Parcel) -> bytes:
    """A message of an incoming webhook, as apprise writes it: nothing in it calls a channel or hides a link."""
    known = _slack()()
    if not known.notify(body=mail(parcel).rstrip() or parcel.title, title=parcel.title, body_format="text"):
        raise ValueError("apprise made nothing of it")
    return _json(known.payload)


def teams(parcel: Parcel) -> bytes:
    """An adaptive card for a workflow's webhook, as apprise writes it. Marks that would make a link or name somebody in
    Teams are broken up, and each line is one.
    """
    lines = "\n\n".join(_plain(parcel.text).split("\n"))
    body = f"{lines}\n\n[{parcel.url}]({parcel.url})" if parcel.url else lines
    return _json(_teams().gen_payload(body, _plain(parcel.title)))


JSON_OF: Mapping[str, Callable[[Parcel], bytes]] = {"webhook": webhook, "slack": slack, "teams": teams}


def _plain(text: str) -> str:
    return text.replace("](", "] (").replace("<", "‹")


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _asset() -> Any:
    from apprise import AppriseAsset  # half a second and 25 MB, for whoever sends alone

    logging.getLogger("apprise").disabled = True  # it would say that it sent something
    return AppriseAsset(app_id=SENDER, image_url_mask=None)


@cache
def _slack() -> Callable[[], Any]:
    """Makes what writes like apprise's, and keeps what that would have posted: we go out by our own door."""
    from apprise.plugins.slack import NotifySlack

    class Written(NotifySlack):
        payload: dict[str, Any] | None = None

        def _send(self, url: Any, payload: Any, *_given: Any, **_more: Any) -> Any:
            self.payload = payload
            return {"ok": True}

    anybody = {"token_a": "T0", "token_b": "B0", "token_c": "0"}
    return lambda: Written(**anybody, include_image=False, include_timestamp=False, asset=_asset())


@cache
def _teams() -> Any:
    from apprise.plugins.workflows import NotifyWorkflows

    return NotifyWorkflows(
        host="localhost", workflow="none", signature="none", include_image=False, wrap=True, asset=_asset()
    )
