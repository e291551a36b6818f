"""A file that a real browser uploads while web server and database are killed: it arrives, byte by byte."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from analytics.ingest import uploads
from tests.fire.site import Site, eventually, installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

UPLOAD = "/admin/marketing/data/imports/new/"
ARRIVED = re.compile(r"/imports/\d+/$")
SIZE = 24_000_000
PARTS = -(-SIZE // uploads.PART)
PACE = 2_000_000  # bytes a second of the browser's line, so that there is a middle to kill in
PATIENCE = 180_000  # ms
GROWN = 100 << 20  # bytes of memory
SIGN_IN = """
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.create_superuser("ada"))
print(client.cookies["sessionid"].value)
"""
READ = """
from hashlib import sha256
from analytics.ingest.uploads import Uploaded
from analytics.models import ImportFile
for record in ImportFile.objects.filter(state="waiting").order_by("id"):
    print(record.size, sha256(Uploaded(record).open().read()).hexdigest())
"""


def file_of(folder: Path, name: str) -> Path:
    """One that does not pack."""
    path = folder / name
    path.write_bytes(random.Random(name).randbytes(SIZE))
    return path


@contextmanager
def slow_line(browser: "Browser", site: Site) -> "Iterator[BrowserContext]":
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    cookie = site.run("shell", "-v", "0", "-c", SIGN_IN).split()[-1]
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": f"http://127.0.0.1:{site.port}"}])
    yield context
    context.close()


def opened(context: "BrowserContext", site: Site) -> "Page":
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{site.port}{UPLOAD}")
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": PACE}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", line)
    return page


def parts(site: Site) -> int:
    return int(site.query("SELECT count(*) FROM import_part")[0][0])


def past(page: "Page", site: Site, count: int) -> None:
    """Until so many are here; the page goes on meanwhile."""

    def here() -> bool:
        page.wait_for_timeout(100)
        return parts(site) >= count

    eventually(here, seconds=60, what=lambda: f"{count} parts: {page.inner_text('#drop')}")


def kill(found: list[psutil.Process]) -> None:
    for process in found:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def web(site: Site) -> list[psutil.Process]:
    heads, others = site.program("web")
    return heads + others


def memory(site: Site) -> int:
    """Bytes, of the largest process of the web server."""
    return max(process.memory_info().rss for process in web(site))


def test_a_file_arrives_whatever_is_killed_and_two_windows_do_not_mix_it_up(browser: "Browser", tmp_path: Path) -> None:
    one, two = file_of(tmp_path, "one.csv"), file_of(tmp_path, "two.csv")
    with installation() as site, slow_line(browser, site) as context:
        before = memory(site)
        page = opened(context, site)
        page.set_input_files("#file", one)
        past(page, site, 5)
        kill(web(site))
        page.wait_for_function("() => document.getElementById('sending').textContent.includes('trying again in')")
        past(page, site, 10)
        kill(site.backends())
        past(page, site, 16)
        grown = memory(site) - before
        page.wait_for_url(ARRIVED)

        second, first = opened(context, site), opened(context, site)
        first.set_input_files("#file", two)
        past(first, site, PARTS + 1)
        second.set_input_files("#file", two)  # the same upload, gone on with from another window
        second.wait_for_function("() => document.getElementById('sending').textContent.includes('MB')")
        kill(web(site))
        for window in (first, second):
            window.wait_for_url(ARRIVED)
        kept = {line for line in site.run("shell", "-v", "0", "-c", READ).splitlines() if line}
    assert kept == {f"{SIZE} {sha256(path.read_bytes()).hexdigest()}" for path in (one, two)}
    assert grown < GROWN
