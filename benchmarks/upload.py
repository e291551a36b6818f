"""A large file through the browser's door: `make bench-upload`, or `python -m benchmarks.upload --megabytes 1000`.

One made-up company's events (`company.py`) are uploaded to an installation of its own and imported there. Peaks are
what the kernel says a process ever had in memory (VmHWM); the run fails where one had more than 512 MB, or a row is
missing.
"""

import argparse
import http.client
import json
import os
import re
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from benchmarks.company import HEADER, Company
from benchmarks.limited import Group, limits
from benchmarks.served import services, serving
from config.embedded import processes

MOST = 512 << 20
BOUNDARY = "a-part-of-a-form"
MORE = "their_notes"  # a column that is none of ours, as exports have many
PAGES = "/admin/marketing/data/imports/"
PART = 4 << 20  # bytes, as the page's script sends them
SHORT = 80  # bytes of a line with our columns alone


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megabytes", type=int, default=1000)
    arguments.add_argument("--line", type=int, default=250, help="bytes of a line, with a column that is not taken")
    arguments.add_argument("--limit", type=int, help="megabytes that the kernel leaves each program (cgroup v1, root)")
    arguments.add_argument("--form", action="store_true", help="in one request, as without scripts")
    given = arguments.parse_args()
    print("Load of the machine before: {:.1f}, {:.1f}, {:.1f}\n".format(*os.getloadavg()), flush=True)
    most = (given.limit or 0) << 20
    with services() as folder, limits(folder.name, most) as groups:
        if most and not groups:
            print("No memory cgroup can be made here, so nothing is limited: peaks alone are measured.\n")
        measure(given.megabytes * 1_000_000, given.line, folder, groups, given.form)


def measure(size: int, width: int, folder: Path, groups: list[Group], form: bool) -> None:
    from analytics.models import ImportFile

    path, rows = write(size, width, folder)
    command = ("-m", "benchmarks.limited", str(groups[0].folder.parent)) if groups else ("manage.py", "serve")
    with serving(command) as port:
        asker = Asker(port)
        began, resting = time.perf_counter(), peaks()
        (asker.send_form if form else asker.upload)(path)
        uploaded = time.perf_counter()
        record = ImportFile.objects.get(state=ImportFile.State.WAITING)
        stored, after_upload = stored_bytes(), peaks()
        asker.start(record.pk)
        while record.state in (ImportFile.State.WAITING, ImportFile.State.RUNNING):
            time.sleep(1)
            record.refresh_from_db()
        seconds, highest = time.perf_counter() - uploaded, peaks()
    megabytes = path.stat().st_size / 1e6
    print(f"{megabytes:,.0f} MB, {rows:,} rows")
    print(f"uploaded in {uploaded - began:.0f} s ({megabytes / (uploaded - began):.1f} MB/s), kept in {stored:,.0f} MB")
    print(f"imported in {seconds:.0f} s ({rows / seconds:,.0f} rows/s), left of the file {stored_bytes():.1f} MB")
    print(f"{record.state}: {record.taken:,} taken, {record.known:,} known, {record.rejected:,} rejected\n")
    print("| peak of a process, MB | resting | uploaded | imported |\n|---|---|---|---|")
    for name, peak in sorted(highest.items()):
        print(f"| {name} | {resting[name] / 1e6:.0f} | {after_upload[name] / 1e6:.0f} | {peak / 1e6:.0f} |")
    if groups:
        print("\n| group | most, MB, with page cache | times at its limit | killed |\n|---|---|---|---|")
    for group in groups:
        print(f"| {group.name} | {group.most / 1e6:.0f} | {group.at_limit:,} | {group.killed} |")
    killed = sum(group.killed for group in groups)
    if record.taken != rows or max(highest.values()) > MOST or killed:
        raise SystemExit("It is not as promised.")


def write(size: int, width: int, folder: Path) -> tuple[Path, int]:
    """A file of about so many bytes, its campaigns known; and how many events are in it."""
    from django.core.management import call_command

    company = Company(events=round(1.3 * size / max(width, SHORT)))
    campaigns, path, rows = folder / "campaigns.csv", folder / "events.csv", 0
    with campaigns.open("w") as file:
        company.write_campaigns(file)
    call_command("import_campaigns", str(campaigns), verbosity=0)
    with path.open("w") as file:
        written = file.write(f"{HEADER},{MORE}\n")
        for line in company.lines():
            written += file.write(f"{line},".ljust(width - 1, "x") + "\n")
            rows += 1
            if written >= size:
                break
    return path, rows


class Asker:
    """Somebody who may import, signed in."""

    def __init__(self, port: int) -> None:
        from django.contrib.auth.models import User
        from django.test import Client

        client = Client()
        client.force_login(User.objects.create_superuser("bench"))
        self.port = port
        self.cookie = f"sessionid={client.cookies['sessionid'].value}"
        _, headers, page = self.ask("GET", f"{PAGES}new/")
        self.cookie += f"; csrftoken={SimpleCookie(headers['Set-Cookie'])['csrftoken'].value}"
        self.token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]  # type: ignore[index]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request(method, path, body, {"Cookie": self.cookie, "Host": "localhost", **headers})
        answer = connection.getresponse()
        found = answer.status, answer.headers, answer.read().decode()
        connection.close()
        return found

    def upload(self, path: Path) -> None:
        """In parts, as the page's script does."""
        status, stands = 201, {"at": 0, "to": "", "part": ""}
        while not stands["to"]:
            status, stands = self.part(path, stands)
            if status not in (200, 201):
                raise SystemExit(f"A part was answered {status}: {stands}")

    def part(self, path: Path, stands: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        headers = {"X-CSRFToken": self.token, "Content-Type": "application/x-www-form-urlencoded"}
        if not stands["part"]:
            said = urlencode({"name": path.name, "size": path.stat().st_size, "modified": 1})
            status, _, answer = self.ask("POST", f"{PAGES}new/begin/", said, **headers)
        else:
            with path.open("rb") as file:
                file.seek(stands["at"])
                body = file.read(PART)
            headers |= {"Content-Type": "application/octet-stream", "Upload-Offset": str(stands["at"])}
            status, _, answer = self.ask("POST", stands["part"], body, **headers)
        return status, json.loads(answer)

    def send_form(self, path: Path) -> None:
        """In one request, as without scripts."""
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self.token}\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        ).encode()
        end = f"\r\n--{BOUNDARY}--\r\n".encode()
        length = str(len(head) + path.stat().st_size + len(end))
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        body = pieces(head, path, end)
        status, _, page = self.ask(
            "POST", f"{PAGES}new/send/", body, **{"Content-Type": kind, "Content-Length": length}
        )
        if status != http.client.FOUND:
            raise SystemExit(f"The upload was answered {status}: {page[:2000]}")

    def start(self, pk: int) -> None:
        columns = {f"column-{place}": name for place, name in enumerate(HEADER.split(","))}
        given = {"csrfmiddlewaretoken": self.token, "kind": "events", "source": "bench", **columns}
        kind = "application/x-www-form-urlencoded"
        status, _, page = self.ask("POST", f"{PAGES}{pk}/start/", urlencode(given), **{"Content-Type": kind})
        if status != http.client.FOUND:
            raise SystemExit(f"The start was answered {status}: {page[:2000]}")


def pieces(head: bytes, path: Path, end: bytes) -> Iterator[bytes]:
    yield head
    with path.open("rb") as file:
        while data := file.read(1 << 18):
            yield data
    yield end


def peaks() -> dict[str, int]:
    """The most that a process of each program ever had in memory, in bytes."""
    found: dict[str, int] = {}
    for name in ("web", "worker", "fold"):
        running = processes.marked(Path(os.environ["DATA_DIR"]), name)
        family = {one.pid for process in running for one in (process, *process.children(recursive=True))}
        found[name] = max(map(peak_of, family), default=0)
    return found


def peak_of(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(peak[1]) * 1024 if peak and psutil.pid_exists(pid) else 0


def stored_bytes() -> float:
    """Megabytes that the parts take in the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(octet_length(content)), 0) / 1e6 FROM import_part")
        return float(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
