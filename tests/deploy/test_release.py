"""Releases change under load and nobody notices: neither forth, nor back, nor when a release turns out to be broken."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.site import Failed, Site, accepted
from tests.deploy.load import steady
from tests.deploy.machine import Machine, machine, servers
from tests.fire.site import eventually

MARKER = "X-Marker"
HEALTH = "/api/v1/health"
MARK = """
unmarked = application


def application(environ, start):
    return unmarked(environ, lambda status, headers, info=None: start(status, [*headers, ("{header}", "{name}")], info))
"""
DRAIN = "3"


@pytest.fixture(scope="module")
def site() -> Iterator[Machine]:
    """Release `one` is up to be served."""
    with servers() as running, machine(running.variables) as made:
        with made.kept():
            first = made.order("up", str(marked(made, "one")))
        assert first.returncode == 0, first.stdout + first.stderr + made.logs()
        yield made


def marked(site: Machine, name: str) -> Path:
    """A release whose answers tell which one it is: other code, not another setting."""
    release = site.release(name)
    with (release / "config/wsgi.py").open("a") as file:
        file.write(MARK.format(header=MARKER, name=name))
    return release


def marker(site: Machine) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().getheader(MARKER, "")
    finally:
        connection.close()


def test_releases_change_under_load_without_one_failed_request(site: Machine) -> None:
    two, broken = marked(site, "two"), marked(site, "broken")
    (broken / "config/urls.py").write_text("raise RuntimeError('cannot start')\n")
    with site.kept("--drain", DRAIN):
        eventually(lambda: marker(site) == "one", seconds=30, what=site.logs)
        with steady(site.port, HEALTH, {}, MARKER) as load:
            time.sleep(1)
            up = site.order("up", str(two))
            between = dict(load.answered)
            refused = site.order("up", str(broken))
            after = marker(site)
            back = site.order("rollback")
            time.sleep(1)
            assert marker(site) == "one"
        status = site.order("status").stdout
    assert up.returncode == 0, up.stdout + up.stderr + site.logs()
    assert refused.returncode == 1
    assert "cannot start" in refused.stdout
    assert after == "two", "a release that does not start changes nothing"
    assert back.returncode == 0, back.stdout + back.stderr + site.logs()
    assert "migrate" not in back.stdout
    assert load.failed == []
    assert between["one"] > 20
    assert load.answered["two"] > 20
    assert all(f"{name} of one" in status for name in ("web", "beat", "worker", "fold")), status


def test_a_killed_keeper_leaves_nothing_that_its_next_start_cannot_end_and_serves_the_same_release(
    site: Machine,
) -> None:
    with site.kept("--drain", DRAIN) as keeper:
        eventually(lambda: marker(site) == "one", seconds=30, what=site.logs)
        keeper.kill()
        keeper.wait()
    assert marker(site) == "one", "its programs go on"
    with site.kept("--drain", DRAIN):
        eventually(lambda: marker(site) == "one", seconds=30, what=site.logs)
    with pytest.raises(OSError, match="refused"):
        marker(site)


def test_a_folder_that_is_no_release_and_a_site_that_nobody_serves_are_told_of(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"no release: it has no manage\.py"):
        accepted(str(tmp_path))
    told = subprocess.run(
        [sys.executable, "-m", "deploy.release", "--site", str(tmp_path), "rollback"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert "Nobody serves" in told.stderr


def test_pages_that_are_open_find_the_files_of_their_time(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for release, css in ((old, "css.1111.css"), (new, "css.2222.css")):
        (release / ".static/css").mkdir(parents=True)
        (release / ".static/css" / css).write_text(css)
        (release / ".static/staticfiles.json").write_text(release.name)
    Site(tmp_path).keep_static(old, new)
    assert sorted(path.name for path in (new / ".static/css").iterdir()) == ["css.1111.css", "css.2222.css"]
    assert (new / ".static/staticfiles.json").read_text() == "new"
