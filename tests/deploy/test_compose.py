"""compose.yaml against the Compose Specification's schema, and what we want of it beyond that."""

import json
import re
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml

from config import environment, secrets
from deploy import make_env
from tests.deploy import known

FOLDER = environment.ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name for name, service in SERVICES.items() if service["image"].startswith("marketing-analytics")}
each = pytest.mark.parametrize("name", SERVICES)
each_of_ours = pytest.mark.parametrize("name", sorted(OURS))


def test_it_is_as_the_specification_has_it() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    assert list(validator.iter_errors(COMPOSE | {"services": {"web": {"imagee": "x"}}})) != [], (
        "it would find something"
    )


@each
def test_a_container_may_write_nowhere_rules_nothing_and_takes_no_more_than_its_share(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit"} <= service.keys()
    assert "healthcheck" in service
    assert not service.get("privileged")


def test_nothing_but_the_web_server_is_reached_from_outside_and_that_from_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if service.get("ports")}
    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    outside = {name for name, service in SERVICES.items() if "outside" in service.get("networks", [])}
    assert outside == {"web", "worker", "prometheus"}, "the database and both Redis servers are inside alone"


@each_of_ours
def test_every_variable_of_a_program_is_a_setting_that_the_code_knows(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= known.settings()


@each_of_ours
def test_every_command_is_one_that_there_is(name: str) -> None:
    service = SERVICES[name]
    words = service["command"] or service["entrypoint"][-1].split("manage.py ")[-1].split()
    assert known.command(words)


def test_the_web_server_never_sees_the_password_of_the_databases_owner() -> None:
    told = json.dumps(SERVICES["web"]["environment"])
    assert "OWNER" not in told
    assert "ADMIN_PASSWORD" not in told
    assert "marketing_web" in SERVICES["web"]["environment"]["DATABASE_URL"]


@pytest.mark.parametrize("name", sorted(OURS - {"migrate"}))
def test_who_tells_people_knows_by_which_server(name: str) -> None:
    told = {"ALERT_EMAILS", "EMAIL_URL", "EMAIL_FROM", "PORTAL_URL", "OUTBOUND_ALLOW", "OUTBOUND_PORTS"}
    assert told <= SERVICES[name]["environment"].keys()


def test_receivers_find_their_addresses_where_they_look() -> None:
    receivers = yaml.safe_load((FOLDER / "alertmanager.yml").read_text())["receivers"]
    wanted = {config["api_url_file"] for receiver in receivers for config in receiver["slack_configs"]}
    mounted = {volume.split(":")[1] for volume in SERVICES["alertmanager"]["volumes"]}
    assert wanted <= mounted


def test_the_queue_never_evicts_and_the_cache_does() -> None:
    broker, cache = (SERVICES[name]["command"][-1] for name in ("broker", "cache"))
    assert "maxmemory-policy noeviction" in broker
    assert "appendonly yes" in broker
    assert "maxmemory-policy allkeys-lfu" in cache


def test_programs_start_after_the_schema_is_theirs_and_it_after_the_database() -> None:
    for name in OURS - {"migrate"}:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_what_it_asks_for_is_what_is_generated_and_has_no_default() -> None:
    text = (FOLDER / "compose.yaml").read_text()
    asked = set(re.findall(r"\$\{(\w+):\?", text))
    assert asked <= make_env.GENERATORS.keys()
    secret = {name for name in re.findall(r"\$\{(\w+)", text) if name in make_env.GENERATORS}
    assert secret == asked


def test_secrets_stay_when_the_file_is_written_again(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_env, "FILE", tmp_path / ".env")
    monkeypatch.setattr("sys.argv", ["make_env"])
    make_env.main()
    first = make_env.kept()
    (tmp_path / ".env").write_text((tmp_path / ".env").read_text() + "HTTPS=on\n")
    make_env.main()
    assert make_env.kept() == first | {"HTTPS": "on"}
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert set(first) == set(make_env.GENERATORS)


def test_who_signs_in_to_grafana_first_has_no_password_of_the_product() -> None:
    told = json.dumps(SERVICES["grafana"])
    assert "${GRAFANA_PASSWORD:?" in SERVICES["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"]
    assert secrets.GENERATORS.keys().isdisjoint(re.findall(r"\$\{(\w+)", told))


def test_folders_and_files_that_are_mounted_are_there() -> None:
    mounted = [volume for service in SERVICES.values() for volume in service.get("volumes", []) if volume[0] == "."]
    missing = [source for source, *_ in (volume.split(":") for volume in mounted) if not (FOLDER / source).exists()]
    assert [path for path in missing if not path.startswith(known.ELSEWHERE)] == []
