"""Whose the time of processors is that an installation uses: its programs', and PostgreSQL's on behalf of each."""

from dataclasses import dataclass
from pathlib import Path

import psutil

from config.embedded import processes
from config.embedded.postgres import Postgres

PROGRAMS = ("web", "fold")


@dataclass(frozen=True)
class Processors:
    """Seconds of processors: of programs, of PostgreSQL's processes by id, and which program a backend works for."""

    programs: dict[str, float]
    servers: dict[int, float]
    backends: dict[int, str]

    def since(self, before: "Processors") -> dict[str, float]:
        """Used since then: each program, PostgreSQL for each, and PostgreSQL for all else, itself included."""
        spent = {name: seconds - before.programs[name] for name, seconds in self.programs.items()}
        rest = sum(self.servers.values()) - sum(before.servers.values())
        for name in PROGRAMS:
            theirs = sum(
                self.servers[pid] - before.servers.get(pid, 0)
                for pid, whose in self.backends.items()
                if whose == name and pid in self.servers
            )
            spent[f"for {name}"] = theirs
            rest -= theirs
        return spent | {"else": rest}


def used(folder: Path) -> Processors:
    """What has been used so far: a backend's are told from PostgreSQL's own by the port that its client sits on."""
    programs = {name: processes.marked(folder, name) for name in PROGRAMS}
    links = ((link, name) for name, found in programs.items() for one in found for link in one.net_connections())
    whose = {link.laddr.port: name for link, name in links}
    servers = [one for one in processes.servers_in(folder) if one.name().startswith("postgres")]
    with Postgres(folder).as_superuser() as connection:  # nobody else is told the ports of all
        rows = connection.execute("SELECT pid, client_port FROM pg_stat_activity WHERE client_port > 0").fetchall()
    backends = {pid: whose[port] for pid, port in rows if port in whose}
    return Processors(
        {name: sum(map(_seconds, found)) for name, found in programs.items()},
        {one.pid: _seconds(one) for one in servers},
        backends,
    )


def _seconds(process: psutil.Process) -> float:
    """With those of its children that have ended; of one that has just done so none, for its parent has them."""
    try:
        return float(sum(process.cpu_times()[:4]))
    except psutil.NoSuchProcess:
        return 0.0
