"""The mail providers whose reports are understood, one visible table: who reads them, who signs them, what is theirs.

Reading and checking is django-anymail's; what it leaves out, which opens a machine did, each provider's own words say.
"""

import hashlib
import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from anymail.exceptions import (
    AnymailInsecureWebhookWarning,
    AnymailNotSupportedWarning,
    AnymailWebhookValidationFailure,
)
from anymail.signals import EventType
from anymail.utils import get_request_uri
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
from django.utils import timezone

from . import sns
from .signatures import check_age, check_moment, check_standard

# The secret in the address stands where anymail wants a password.
for _warning in (AnymailInsecureWebhookWarning, AnymailNotSupportedWarning):
    warnings.filterwarnings("ignore", category=_warning)

Raw = Mapping[str, Any]


class AsksAPerson(Exception):
    """No report, but something to be done by hand; the text says what."""


class Confirms(Exception):
    """No report, but a question that is answered by asking for `url`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class SesView(AmazonSESTrackingWebhookView):
    """Reads what SNS sends of a topic, of any where none is named. Needs none of Amazon's own client."""

    def __init__(self, topic: str = "") -> None:
        """Raises ValueError for what is no ARN of a topic."""
        AnymailBaseWebhookView.__init__(self)
        if topic and not sns.TOPIC.fullmatch(topic):
            raise ValueError("no topic")
        self.topic = topic

    def validate_request(self, request: Any) -> None:
        super().validate_request(request)
        message, now = self._parse_sns_message(request), timezone.now()
        if self.topic and message.get("TopicArn") != self.topic:
            raise AnymailWebhookValidationFailure("Another topic")
        sns.check(message, now)
        check_moment(message["Timestamp"])

    def auto_confirm_sns_subscription(self, message: Mapping[str, Any]) -> None:
        """Raises Confirms where the topic is the one that was named here; else AsksAPerson, for Amazon signs what comes
        of anybody's topic.
        """
        url = str(message.get("SubscribeURL"))
        known = sns.CONFIRMS.fullmatch(url)
        if known and self.topic:
            raise Confirms(url)
        what = f"open {url}" if known else "but it names no address of Amazon's"
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


def _of_sns(request: Any) -> str:
    return str(request.headers.get("x-amz-sns-message-id", ""))


def _signed_by_mandrill(request: Any) -> str:
    """A form says the same in many ways."""
    said = "".join(name + value for name, value in sorted(request.POST.dict().items()))
    return hashlib.sha256((get_request_uri(request) + said).encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Provider:
    """`signed_by` is what the view calls the key that reports are signed with, which some cannot do without; `always`
    where they are signed without one, too (it is the topic they are of, then); `timed` where a signature covers a time.

    `sent_is` is the report that a message is on its way, "" where there is none; `campaign` where its own campaign
    stands; `lists` where a report that comes alone comes as a list of one; `form` the field of a form that it comes in,
    "" where it is the body.

    `call` is the id of a call, or what of it is signed, "" for the body; it is taken once. One that was is told so with
    the status `again` and the headers `ends`, by which the provider knows not to try again, if by any.
    """

    name: str
    label: str
    view: type[Any]
    signed_by: str = ""
    needs_key: bool = False
    always: bool = False
    timed: bool = False
    sent_is: str = EventType.SENT
    by_machine: Callable[[Raw], bool] = lambda _: False
    campaign: tuple[str, ...] = ()
    call: Callable[[Any], str] = lambda _: ""
    lists: bool = False
    form: str = ""
    again: HTTPStatus = HTTPStatus.CONFLICT
    ends: Mapping[str, str] = field(default_factory=dict)

    def signs(self, key: str) -> bool:
        """Whether what comes to an address with that key, if any, has to be signed."""
        return self.always or bool(key)

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
    Provider("amazon_ses", "Amazon SES", SesView, "topic", always=True, timed=True, call=_of_sns),
    Provider(
        "brevo", "Brevo", BrevoTrackingWebhookView,
        sent_is=EventType.QUEUED, by_machine=_of_brevo, campaign=("camp_id",),
    ),
    Provider("mailersend", "MailerSend", MailerSendTrackingWebhookView, "signing_secret", needs_key=True),
    Provider(
        "mailgun", "Mailgun", MailgunView, "webhook_signing_key", needs_key=True,
        timed=True, again=HTTPStatus.NOT_ACCEPTABLE,
        sent_is=EventType.QUEUED, by_machine=_of_mailgun, call=_token,
    ),
    Provider(
        "mailjet", "Mailjet", MailjetTrackingWebhookView, sent_is="", campaign=("customcampaign", "mj_campaign_id"),
        lists=True,
    ),
    Provider("mailtrap", "Mailtrap", MailtrapTrackingWebhookView, "tracking_secret", sent_is=""),
    Provider(
        "mandrill", "Mandrill", MandrillCombinedWebhookView, "webhook_key", needs_key=True, by_machine=_of_mandrill,
        lists=True, form="mandrill_events", call=_signed_by_mandrill,
    ),
    Provider("postal", "Postal", PostalTrackingWebhookView, "webhook_key", needs_key=True, sent_is=""),
    Provider("postmark", "Postmark", PostmarkTrackingWebhookView, sent_is=""),
    Provider(
        "resend", "Resend", ResendView, "key", timed=True, call=_of_svix, ends={"webhook-delivery": "abort-message"},
    ),
    Provider(
        "sendgrid", "SendGrid", SendGridView, "tracking_webhook_verification_key", timed=True,
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
