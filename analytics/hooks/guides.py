"""Where each provider asks for the address of a webhook, and where it shows what its reports are signed with. Pure.

The words are those of the providers' own settings, as django-anymail's documentation has them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

LATER = "shown once the webhook is saved there"


@dataclass(frozen=True, slots=True)
class Guide:
    """`where` its settings ask for the address, `key` what they call the key and where it stands, "" without one."""

    where: str
    key: str = ""


GUIDES: Mapping[str, Guide] = {
    "amazon_ses": Guide(
        "SNS: a topic with an HTTPS subscription to the address; SES: a configuration set that publishes its events to "
        "that topic. A subscription of the topic named here is confirmed by itself; without one, Amazon's question "
        "whether to subscribe stands under Set apart, with a link to open",
        "the ARN of the topic, in SNS",
    ),
    "brevo": Guide("Transactional › Email › Settings › Webhook; opens by proxies, too"),
    "mailersend": Guide("Domains › your domain › Webhooks", f"“Signing secret”, {LATER}"),
    "mailgun": Guide(
        "Webhooks of your sending domain, the same address for each kind of event",
        "“HTTP webhook signing key”, beside the API keys",
    ),
    "mailjet": Guide("Account settings › Event tracking (triggers), for each kind of event, with “group events”"),
    "mailtrap": Guide("Settings › Webhooks: Email Sending, format JSON", f"the signature key, {LATER}"),
    "mandrill": Guide("Settings › Webhooks", f"“Key” of the webhook, {LATER}"),
    "postal": Guide("Webhooks of your mail server", "what “postal default-dkim-record” prints after p="),
    "postmark": Guide("Servers › your server › your message stream › Webhooks"),
    "resend": Guide("Webhooks › Add webhook", f"“Signing secret” (whsec_…), {LATER}"),
    "sendgrid": Guide(
        "Settings › Mail Settings › Event Webhook", "“Verification key”, shown once Signed Event Webhook is on"
    ),
    "sparkpost": Guide("Webhooks › Create webhook, without authentication"),
    "unisender_go": Guide("Settings › Webhooks, event format json_post", "your API key"),
}
