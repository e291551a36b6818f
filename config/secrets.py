"""Secrets of one installation: generated once, kept beside its data, readable by its owner alone."""

import base64
import fcntl
import os
import secrets
from collections.abc import Callable
from pathlib import Path

FILE_NAME = "secrets.env"


def password() -> str:
    return secrets.token_urlsafe(24)


def _key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


GENERATORS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "IDENTITY_KEYS": _key,
    "HASH_KEY": _key,
    "POSTGRES_PASSWORD": password,
    "POSTGRES_OWNER_PASSWORD": password,
    "POSTGRES_WEB_PASSWORD": password,
    "REDIS_PASSWORD": password,
    "ADMIN_PASSWORD": password,
}


def read(data_dir: Path, name: str) -> str:
    """The secret called `name`, from the environment if it is set there, else the generated one."""
    return os.environ.get(name) or _kept(data_dir).get(name) or _generate(data_dir)[name]


def _kept(data_dir: Path) -> dict[str, str]:
    try:
        lines = (data_dir / FILE_NAME).read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def _generate(data_dir: Path) -> dict[str, str]:
    """Add what is missing, one process at a time, so that two first starts agree on every secret."""
    make_private(data_dir)
    with open(data_dir / "secrets.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = _kept(data_dir)
        kept |= {name: generate() for name, generate in GENERATORS.items() if name not in kept}
        write_private(data_dir / FILE_NAME, "".join(f"{name}={value}\n" for name, value in kept.items()))
    return kept


def make_private(folder: Path) -> None:
    """Make the data folder if needed; root's may be passed through, for PostgreSQL runs as another user there."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, never readable by others and never half written."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
