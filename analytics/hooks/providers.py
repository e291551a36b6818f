"""The mail providers whose reports are understood, one visible table: who reads them, who signs them, what is theirs.

Reading and checking is django-anymail's; what it leaves out, which opens a machine did, each provider's own words say.
"""

import json
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from anymail.exceptions import AnymailInsecureWebhookWarning, AnymailNotSupportedWarning
from anymail.signals import EventType
from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.mailtrap import MailtrapTrackingWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postal import PostalTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from anymail.webhooks.unisender_go import UnisenderGoTrackingWebhookView

from .signatures import check_age, check_standard

# The secret in the address stands where anymail wants a password.
for _warning in (AnymailInsecureWebhookWarning, AnymailNotSupportedWarning):
    warnings.filterwarnings("ignore", category=_warning)

Raw = Mapping[str, Any]
CONFIRMS = re.compile(r"https://sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?/[!#-&*-;=?-~]{1,1000}")


class AsksAPerson(Exception):
    """No report, but something to be done by hand; the text says what."""


class SesView(AmazonSESTrackingWebhookView):
    """Reads reports and calls nobody, so it needs none of Amazon's own client."""

    def __init__(self) -> None:
        AnymailBaseWebhookView.__init__(self)

    def auto_confirm_sns_subscription(self, message: Mapping[str, Any]) -> None:
        """Raises AsksAPerson: nothing here calls an address that a request names."""
        url = str(message.get("SubscribeURL"))
        what = f"open {url}" if CONFIRMS.fullmatch(url) else "but it names no address of Amazon's"
        raise AsksAPerson(f"asks whether this address is subscribed to its reports; if you did that, {what}")


class ResendView(ResendTrackingWebhookView):
    """Signed as the Standard Webhooks specification says, under the names of its first user."""

    key = ""

    def __init__(self, key: str = "") -> None:
        super().__init__()
        self.key = key

    def validate_request(self, request: Any) -> None:
        if self.key:
            check_standard(request, self.key, prefix="svix")


class MailgunView(MailgunTrackingWebhookView):
    """Signs a time and a token, and nothing else of a report."""

    def run_validators(self, request: Any) -> None:
        super().run_validators(request)
        check_age(_signed_by_mailgun(request)["timestamp"])


class SendGridView(SendGridTrackingWebhookView):
    """Signs a time, too."""

    def run_validators(self, request: Any) -> None:
        super().run_validators(request)
        if self.webhook_verification_key:
            check_age(request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp"))


def _signed_by_mailgun(request: Any) -> Raw:
    as_json = request.content_type == "application/json"
    signed: Raw = json.loads(request.body)["signature"] if as_json else request.POST
    return signed


def _token(request: Any) -> str:
    return str(_signed_by_mailgun(request)["token"])


def _of_svix(request: Any) -> str:
    return str(request.headers.get("svix-id", ""))


@dataclass(frozen=True, slots=True)
class Provider:
    """`signed_by` is what the view calls the key that reports are signed with, which some cannot do without; `sent_is`
    the report that a message is on its way, "" where there is none; `campaign` where its own campaign stands; `call`
    the id of a call, which may not come with anything else again, "" where it has none; `lists` where a report that
    comes alone comes as a list of one; `form` the field of a form that it comes in, "" where it is the body.
    """

    name: str
    label: str
    view: type[Any]
    signed_by: str = ""
    needs_key: bool = False
    sent_is: str = EventType.SENT
    by_machine: Callable[[Raw], bool] = lambda _: False
    campaign: tuple[str, ...] = ()
    call: Callable[[Any], str] = lambda _: ""
    lists: bool = False
    form: str = ""

    def reader(self, key: str) -> Any:
        """A view of anymail that checks and reads one request."""
        return self.view(**({self.signed_by: key} if key and self.signed_by else {}))


def _of_sendgrid(raw: Raw) -> bool:
    return raw.get("sg_machine_open") is True


def _of_brevo(raw: Raw) -> bool:
    return raw.get("event") in ("unique_proxy_open", "proxy_open")


def _of_mailgun(raw: Raw) -> bool:
    client = raw.get("client-info") or {}
    return bool(client.get("bot")) if isinstance(client, Mapping) else False


def _of_sparkpost(raw: Raw) -> bool:
    agent = raw.get("user_agent_parsed") or {}
    return isinstance(agent, Mapping) and agent.get("is_prefetched") is True


def _of_mandrill(raw: Raw) -> bool:
    agent = raw.get("user_agent_parsed") or {}
    return isinstance(agent, Mapping) and agent.get("type") in ("Robot", "Bot")


PROVIDERS: tuple[Provider, ...] = (
    Provider("amazon_ses", "Amazon SES", SesView),
    Provider(
        "brevo", "Brevo", BrevoTrackingWebhookView,
        sent_is=EventType.QUEUED, by_machine=_of_brevo, campaign=("camp_id",),
    ),
    Provider("mailersend", "MailerSend", MailerSendTrackingWebhookView, "signing_secret", needs_key=True),
    Provider(
        "mailgun", "Mailgun", MailgunView, "webhook_signing_key", needs_key=True,
        sent_is=EventType.QUEUED, by_machine=_of_mailgun, call=_token,
    ),
    Provider(
        "mailjet", "Mailjet", MailjetTrackingWebhookView, sent_is="", campaign=("customcampaign", "mj_campaign_id"),
        lists=True,
    ),
    Provider("mailtrap", "Mailtrap", MailtrapTrackingWebhookView, "tracking_secret", sent_is=""),
    Provider(
        "mandrill", "Mandrill", MandrillCombinedWebhookView, "webhook_key", needs_key=True, by_machine=_of_mandrill,
        lists=True, form="mandrill_events",
    ),
    Provider("postal", "Postal", PostalTrackingWebhookView, "webhook_key", needs_key=True, sent_is=""),
    Provider("postmark", "Postmark", PostmarkTrackingWebhookView, sent_is=""),
    Provider("resend", "Resend", ResendView, "key", call=_of_svix),
    Provider(
        "sendgrid", "SendGrid", SendGridView, "tracking_webhook_verification_key",
        sent_is=EventType.QUEUED, by_machine=_of_sendgrid, campaign=("singlesend_id", "marketing_campaign_id"),
        lists=True,
    ),
    Provider(
        "sparkpost", "SparkPost", SparkPostTrackingWebhookView, sent_is=EventType.QUEUED, by_machine=_of_sparkpost,
        campaign=("campaign_id",), lists=True,
    ),
    Provider("unisender_go", "Unisender Go", UnisenderGoTrackingWebhookView, "api_key", needs_key=True),
)  # fmt: skip
BY_NAME: dict[str, Provider] = {provider.name: provider for provider in PROVIDERS}
