"""Files of the embedded services: their logs, and the wheels they come out of."""

from importlib.util import find_spec
from pathlib import Path

LIMIT = 5_000_000


def open_log(data_dir: Path, name: str) -> Path:
    """The log of a service; one that has grown big is kept once more and begun anew."""
    path = data_dir / "logs" / f"{name}.log"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.is_file() and path.stat().st_size > LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path


def tail(path: Path, lines: int = 15) -> str:
    """The end of a log, for an error message."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.is_file() else "(no log)"


def wheel_folder(package: str) -> Path:
    """Where a package lies; it is not imported, for that takes longer than the server needs to start."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"The package {package} is not installed: `make run` installs it.")
    return Path(spec.origin).parent
