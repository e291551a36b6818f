"""Is this program at work? `python -m deploy.healthcheck web|worker|fold|beat`, inside its container; 0 says yes.

The web server is asked by HTTP, a worker by the broker (also while it works), beat by what it noted in the database.
Imports nothing of Django, which would take longer to start than the answer.
"""

import http.client
import os
import socket
import sys
from collections.abc import Callable

PATIENCE = 4.0  # seconds
# Beat writes down at least every three minutes when its entries were last sent.
TICKED = "SELECT max(last_run_at) > now() - interval '10 minutes' FROM django_celery_beat_periodictask WHERE enabled"


def host(allowed: str) -> str:
    """The name to ask by, of a list such as ALLOWED_HOSTS: the first that is one. `.example.com` takes example.com,
    and `*` any.
    """
    names = (name.strip().removeprefix(".") for name in allowed.split(","))
    return next((name for name in names if name and "*" not in name), "localhost")


def web(_name: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or 8000), timeout=PATIENCE)
    connection.request("GET", "/api/v1/health", headers={"Host": host(os.environ.get("ALLOWED_HOSTS", ""))})
    return connection.getresponse().status == 200


def worker(name: str) -> bool:
    from celery import Celery

    broker = os.environ.get("BROKER_URL") or f"{os.environ['REDIS_URL'].rstrip('/')}/0"
    node = f"{'celery' if name == 'worker' else name}@{socket.gethostname()}"
    return bool(Celery(broker=broker).control.ping(destination=[node], timeout=PATIENCE))


def beat(_name: str) -> bool:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=int(PATIENCE)) as connection:
        return connection.execute(TICKED).fetchone() == (True,)


CHECKS: dict[str, Callable[[str], bool]] = {"web": web, "worker": worker, "fold": worker, "beat": beat}


def main() -> None:
    name = sys.argv[1]
    try:
        healthy = CHECKS[name](name)
    except Exception as error:  # noqa: BLE001 - whatever it is, there is no answer
        sys.exit(f"{name}: {type(error).__name__}: {error}")
    sys.exit(None if healthy else f"{name} does not answer as it should")


if __name__ == "__main__":
    main()
