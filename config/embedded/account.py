"""PostgreSQL refuses to run as root: whom it runs as then, and a place for it where that user may go."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from config.embedded.processes import Account

USER = "marketing-postgres"
SHELTER = Path("/var/lib/marketing-analytics")


def needed() -> Account | None:
    """The system user for PostgreSQL, made on demand; None when we are not root and simply stay ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        _create()
        entry = pwd.getpwnam(USER)
    return Account(entry.pw_uid, entry.pw_gid)


def _create() -> None:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        raise RuntimeError(
            f"PostgreSQL refuses to run as root and there is no useradd to make the user {USER!r} for it. "
            f"Make that user, run as a plain user, or set DATABASE_URL."
        )
    made = subprocess.run(
        [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", str(SHELTER), USER],
        capture_output=True,
        text=True,
    )
    if made.returncode not in (0, 9):  # 9: somebody else has just made it
        raise RuntimeError(f"Could not make the system user {USER!r} for PostgreSQL: {made.stderr.strip()}")


def may_run(program: Path, account: Account | None) -> bool:
    """Tried for real: closed folders above it and file systems without execution both count."""
    return _tries([str(program), "--version"], account)


def may_enter(folder: Path, account: Account | None) -> bool:
    return _tries(["/bin/sh", "-c", 'cd "$0"', str(folder)], account)


def _tries(command: list[str], account: Account | None) -> bool:
    who = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    try:
        done = subprocess.run(command, cwd="/", capture_output=True, **who)  # type: ignore[call-overload]
    except OSError:
        return False
    return bool(done.returncode == 0)


def shelter_for(data_dir: Path, secret: str) -> Path:
    """A place outside a closed data folder; the secret in its name keeps a copied or new folder off old data."""
    return SHELTER / sha256(f"{data_dir}:{secret}".encode()).hexdigest()[:16]


def make_shelter() -> None:
    """Open for passing through, whatever the umask says; what stands in it protects itself."""
    SHELTER.mkdir(parents=True, exist_ok=True)
    SHELTER.chmod(0o755)


def copy_in(sources: Mapping[str, Path], name: str) -> Path:
    """Copy folders into one folder of the shelter, readable for all, whole or not at all."""
    make_shelter()
    target = SHELTER / name
    if not target.is_dir():
        half = SHELTER / f"{name}.{os.getpid()}"
        for place, source in sources.items():
            shutil.copytree(source, half / place, symlinks=True)
        for path in (half, *half.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        try:
            half.rename(target)
        except OSError:  # another start was faster
            shutil.rmtree(half)
    return target
