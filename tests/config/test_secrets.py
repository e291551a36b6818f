"""Secrets are generated once, agreed on by all, and readable by their owner alone."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import secrets


@pytest.fixture(autouse=True)
def _none_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in secrets.GENERATORS:
        monkeypatch.delenv(name, raising=False)


def test_secrets_stay_the_same_and_are_for_their_owner_only(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    first = {name: secrets.read(data_dir, name) for name in secrets.GENERATORS}
    assert {name: secrets.read(data_dir, name) for name in secrets.GENERATORS} == first
    assert len(set(first.values())) == len(first)
    assert stat.S_IMODE((data_dir / secrets.FILE_NAME).stat().st_mode) == 0o600


def test_keys_are_32_bytes(tmp_path: Path) -> None:
    for name in ("IDENTITY_KEYS", "HASH_KEY"):
        assert len(base64.urlsafe_b64decode(secrets.read(tmp_path, name))) == 32


def test_first_starts_at_the_same_time_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: secrets.read(tmp_path, "SECRET_KEY"), range(32)))) == 1


def test_a_secret_added_later_leaves_the_others_alone(tmp_path: Path) -> None:
    (tmp_path / secrets.FILE_NAME).write_text("SECRET_KEY=kept=as it is\n")
    assert secrets.read(tmp_path, "HASH_KEY")
    assert secrets.read(tmp_path, "SECRET_KEY") == "kept=as it is"


def test_a_given_secret_wins_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "given")
    assert secrets.read(tmp_path / "data", "SECRET_KEY") == "given"
    assert not (tmp_path / "data").exists()
