"""Writes deploy/.env for compose.yaml: `python3 -m deploy.make_env`. Secrets that are in it already stay as they are.

`--kubernetes` prints a Secret of the same values instead, to be piped to `kubectl apply --filename -`.
"""

import argparse
import json
from pathlib import Path

from config import secrets

FILE = Path(__file__).with_name(".env")
GENERATORS = secrets.GENERATORS | {"GRAFANA_PASSWORD": secrets.password}  # of its first sign-in, and no other
OURS = ("SECRET_KEY", "IDENTITY_KEYS", "HASH_KEY", "POSTGRES_WEB_PASSWORD", "ADMIN_PASSWORD")


def values(kept: dict[str, str]) -> dict[str, str]:
    return {name: kept.get(name) or generate() for name, generate in GENERATORS.items()}


def kept() -> dict[str, str]:
    lines = FILE.read_text().splitlines() if FILE.is_file() else []
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def secret(given: dict[str, str], database: str, broker: str, cache: str) -> dict[str, object]:
    """As Kubernetes has it: what all programs need, by the names of settings. A mail server's address is a person's."""
    owner = f"postgres://marketing_owner:{given['POSTGRES_OWNER_PASSWORD']}@{database}"
    web = f"postgres://marketing_web:{given['POSTGRES_WEB_PASSWORD']}@{database}"
    redis = f"redis://:{given['REDIS_PASSWORD']}@"
    addresses = {"BROKER_URL": f"{redis}{broker}/0", "CACHE_URL": f"{redis}{cache}/0"}
    databases = {"OWNER_DATABASE_URL": owner, "WEB_DATABASE_URL": web}
    mail = {"EMAIL_URL": given.get("EMAIL_URL", "")}
    data = {name: given[name] for name in OURS} | addresses | databases | mail
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "marketing"}, "stringData": data}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubernetes", action="store_true")
    parser.add_argument("--database", default="postgres:5432/marketing", help="host, port and name")
    parser.add_argument("--broker", default="broker:6379")
    parser.add_argument("--cache", default="cache:6379")
    asked = parser.parse_args()
    before = kept()
    given = before | values(before)
    secrets.write_private(FILE, "".join(f"{name}={value}\n" for name, value in given.items()))
    if asked.kubernetes:
        print(json.dumps(secret(given, asked.database, asked.broker, asked.cache)))  # noqa: T201
    else:
        print(f"{FILE} holds the secrets: keep it, for what is encrypted cannot be read without them.")  # noqa: T201


if __name__ == "__main__":
    main()
