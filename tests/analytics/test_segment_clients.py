"""Segment's own clients against the door, over a real socket."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from segment.analytics.client import Client

from analytics import merging
from analytics.fold import fold_inbox
from analytics.models import Campaign, DeadLetterRow, Event, OtherEvents
from compliance.models import IdentityField, MergeWaiting
from tests.compliance import keys

pytestmark = pytest.mark.django_db(transaction=True)
MAIL = {"campaign_id": "spring", "campaign_name": "Spring", "email_id": "e1"}
CALLS = 1_000
NODE_CLIENT = "@segment/analytics-node@3.1.0"
SCRIPT = """
const { Analytics } = require("@segment/analytics-node");
const [host, writeKey, mail] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, path: "/v1/batch" });
analytics.on("error", (error) => { console.error(error); process.exitCode = 1; });
const userId = "ann";
analytics.identify({ userId, traits: { email: "ann@example.com" } });
for (const event of ["Email Delivered", "Email Opened", "Email Link Clicked"])
    analytics.track({ userId, event, properties: JSON.parse(mail) });
analytics.track({ userId, event: "Order Completed", properties: { order_id: "1", revenue: 12.5, currency: "USD" } });
analytics.page({ userId, name: "Home" });
analytics.track({ anonymousId: "a1", event: "Email Opened", properties: JSON.parse(mail) });
analytics.alias({ userId, previousId: "a1" });
analytics.closeAndFlush();
"""


@pytest.fixture
def key(transactional_db: None) -> str:
    return keys.headers("events:write")["Authorization"].partition(" ")[2]


def counted() -> dict[int, int]:
    fold_inbox()
    merging.merge_waiting(timezone.now())
    return dict(Counter(Event.objects.values_list("type", flat=True)))


@pytest.mark.parametrize("packed", [False, True])
def test_the_python_client_flushes_all_it_was_told(live_server: Any, key: str, packed: bool) -> None:
    failed: list[Any] = []
    client = Client(
        key, host=live_server.url, gzip=packed, on_error=lambda error, _items: failed.append(error), max_retries=1
    )
    for number in range(CALLS):
        client.track(f"u{number % 50}", "Email Opened", {**MAIL, "email_id": f"e{number}"})
    client.identify("u1", {"email": "ann@example.com", "name": "Ann"})
    client.track("u1", "Order Completed", {"order_id": "1", "revenue": 12.5, "currency": "USD"})
    client.page("u1", name="Home")
    client.track("u50", "Email Link Clicked", {**MAIL, "email_id": "e50"})
    client.alias("u50", "u0")
    client.flush()
    client.join()
    assert failed == []
    assert counted() == {5: CALLS, 6: 1, 7: 1}
    assert Event.objects.values("contact_id").distinct().count() == 50
    assert not MergeWaiting.objects.exists()
    assert list(Campaign.objects.values_list("external_id", "name", "is_stub")) == [("spring", "Spring", True)]
    assert IdentityField.objects.count() == 2
    assert dict(OtherEvents.objects.values_list("name", "events")) == {"page": 1}
    assert not DeadLetterRow.objects.exists()


def test_the_python_client_understands_a_refusal(live_server: Any) -> None:
    failed: list[Any] = []
    client = Client("ab.cd", host=live_server.url, on_error=lambda error, _items: failed.append(error), max_retries=3)
    client.track("u1", "Unsubscribed")
    client.flush()
    client.join()
    assert [error.status for error in failed] == [401]  # at once: it is not tried again
    assert "unknown" in failed[0].message


@pytest.fixture(scope="session")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Node finds the client."""
    folder = tmp_path_factory.mktemp("node")
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("There is no Node here, whose client this tries")
    npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", NODE_CLIENT]
    done = subprocess.run(npm, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        pytest.skip(f"npm did not give {NODE_CLIENT}: {done.stderr[-300:]}")
    (folder / "send.js").write_text(SCRIPT)
    return folder


def test_the_node_client_flushes_all_it_was_told(live_server: Any, key: str, node_client: Path) -> None:
    order = ["node", "send.js", live_server.url, key, json.dumps(MAIL)]
    done = subprocess.run(order, cwd=node_client, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert counted() == {2: 1, 5: 2, 6: 1, 7: 1}
    assert Event.objects.values("contact_id").distinct().count() == 1
    assert IdentityField.objects.count() == 1
    assert dict(OtherEvents.objects.values_list("name", "events")) == {"page": 1}
