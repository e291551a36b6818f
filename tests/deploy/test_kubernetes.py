"""The manifests against the schemas of Kubernetes, strictly, and what we want of them beyond that."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from config import environment
from deploy import make_env
from tests.deploy import known

FOLDER = environment.ROOT / "deploy/kubernetes"
VERSION = "1.32"
OTHERS = {"postgres", "broker", "cache"}  # pods that are not ours
Manifest = dict[str, Any]


def manifests(folder: str) -> list[Manifest]:
    """Of each file as it stands; those that describe a kustomization are none."""
    paths = sorted(path for path in (FOLDER / folder).glob("*.yaml") if path.name != "kustomization.yaml")
    return [manifest for path in paths for manifest in yaml.safe_load_all(path.read_text()) if manifest]


BASE, EXAMPLE = manifests("base"), manifests("example")
WORKLOADS = [manifest for manifest in BASE if manifest["kind"] in ("Deployment", "Job")]
DEPLOYMENTS = [manifest for manifest in BASE if manifest["kind"] == "Deployment"]


def name_of(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def pod(workload: Manifest) -> Manifest:
    template: Manifest = workload["spec"]["template"]
    return template


def containers(workload: Manifest) -> Iterator[Manifest]:
    spec = pod(workload)["spec"]
    yield from spec["containers"]
    yield from spec.get("initContainers", [])


def named(kind: str, name: str) -> Manifest:
    return next(one for one in BASE if (one["kind"], one["metadata"]["name"]) == (kind, name))


@pytest.mark.parametrize("manifest", [*BASE, *EXAMPLE], ids=name_of)
def test_each_is_as_its_schema_has_it(manifest: Manifest) -> None:
    kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_the_schema_would_find_a_slip_of_the_pen() -> None:
    broken = json.loads(json.dumps(DEPLOYMENTS[0]))
    broken["spec"]["replicsa"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSION, strict=True)


@pytest.mark.parametrize("folder", ["base", "example"])
def test_kustomize_puts_it_together(folder: str) -> None:
    if not shutil.which("kubectl"):
        pytest.skip("there is no kubectl, which has kustomize in it")
    built = subprocess.run(["kubectl", "kustomize", str(FOLDER / folder)], capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    for manifest in yaml.safe_load_all(built.stdout):
        kubernetes_validate.validate(manifest, VERSION, strict=True)
        assert manifest["kind"] == "Namespace" or manifest["metadata"]["namespace"] == "marketing"


def test_every_file_of_the_base_is_in_its_kustomization() -> None:
    listed = yaml.safe_load((FOLDER / "base/kustomization.yaml").read_text())["resources"]
    there = {path.name for path in (FOLDER / "base").glob("*.yaml")}
    assert there == {*listed, "kustomization.yaml", "secret.example.yaml"}


@pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)
def test_every_container_is_nobody_writes_nowhere_and_has_its_share(workload: Manifest) -> None:
    spec = pod(workload)["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in containers(workload):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= container["resources"].keys()
        assert {"cpu", "memory"} <= container["resources"]["limits"].keys()
        assert known.command(container["args"])


@pytest.mark.parametrize("workload", DEPLOYMENTS, ids=name_of)
def test_every_program_is_asked_how_it_is(workload: Manifest) -> None:
    (container,) = pod(workload)["spec"]["containers"]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
    if container["name"] != "web":
        command = container["livenessProbe"]["exec"]["command"]
        assert command == ["python", "-m", "deploy.healthcheck", container["name"]]


def test_the_web_server_leaves_politely_and_never_without_another_one() -> None:
    web = named("Deployment", "web")
    assert web["spec"]["replicas"] >= 2
    assert web["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    (container,) = pod(web)["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/api/v1/health?ready=1"
    assert "tcpSocket" in container["livenessProbe"], "a restart would not bring the database back"
    preparing = container["lifecycle"]["preStop"]["exec"]["command"][-1]
    assert preparing.startswith("kill -USR1 1; sleep ")
    assert pod(web)["spec"]["terminationGracePeriodSeconds"] > int(preparing.split()[-1]) + 8
    allowed = named("ConfigMap", "marketing")["data"]["ALLOWED_HOSTS"].split(",")
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["httpHeaders"] == [{"name": "Host", "value": "localhost"}]
    assert "localhost" in allowed


def test_of_beat_there_is_one() -> None:
    beat = named("Deployment", "beat")
    assert (beat["spec"]["replicas"], beat["spec"]["strategy"]) == (1, {"type": "Recreate"})


def test_selectors_find_what_they_are_for() -> None:
    labels = {one["metadata"]["name"]: pod(one)["metadata"]["labels"] for one in WORKLOADS}
    for deployment in DEPLOYMENTS:
        assert deployment["spec"]["selector"]["matchLabels"] == labels[deployment["metadata"]["name"]]
    for kind, place in (("Service", ("selector",)), ("PodDisruptionBudget", ("selector", "matchLabels"))):
        found: Any = named(kind, "web")["spec"]
        for step in place:
            found = found[step]
        assert found == labels["web"]
    (port,) = named("Service", "web")["spec"]["ports"]
    (container,) = pod(named("Deployment", "web"))["spec"]["containers"]
    assert port["targetPort"] in {one["name"] for one in container["ports"]}
    scaled = next(one for one in EXAMPLE if one["kind"] == "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]
    assert (scaled["kind"], scaled["name"]) == ("Deployment", "web")


def test_nobody_talks_to_anybody_unless_a_policy_says_so_and_policies_are_about_pods_that_there_are() -> None:
    policies = [one for one in BASE if one["kind"] == "NetworkPolicy"]
    closed = next(one for one in policies if one["spec"]["podSelector"] == {})
    assert sorted(closed["spec"]["policyTypes"]) == ["Egress", "Ingress"]
    assert {"ingress", "egress"}.isdisjoint(closed["spec"])
    pods = {one["metadata"]["name"] for one in WORKLOADS} | OTHERS
    assert set(selected([policy["spec"] for policy in policies])) <= pods | {"prometheus"}
    calling = next(one for one in policies if one["metadata"]["name"] == "calls")
    assert set(selected(calling["spec"]["podSelector"])) == {"web", "worker"}, "the job, and the button that tries one"
    assert "10.0.0.0/8" in calling["spec"]["egress"][0]["to"][0]["ipBlock"]["except"]


def selected(part: Any) -> Iterator[str]:
    """Every name of an app that stands anywhere in it."""
    if isinstance(part, list):
        for one in part:
            yield from selected(one)
    elif isinstance(part, dict):
        if part.get("key") == "app.kubernetes.io/name":
            yield from part["values"]
        for key, value in part.items():
            if key == "app.kubernetes.io/name":
                yield value
            yield from selected(value)


@pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)
def test_every_variable_is_a_setting_that_the_code_knows_and_every_secret_is_one_that_is_made(
    workload: Manifest,
) -> None:
    example = yaml.safe_load((FOLDER / "base/secret.example.yaml").read_text())["stringData"].keys()
    assert named("ConfigMap", "marketing")["data"].keys() <= known.settings()
    for container in containers(workload):
        told = {one["name"]: one for one in container["env"]}
        assert told.keys() <= known.settings()
        keys = {one["valueFrom"]["secretKeyRef"]["key"] for one in told.values() if "valueFrom" in one}
        assert keys <= example
        owner = told["DATABASE_URL"]["valueFrom"]["secretKeyRef"]["key"] == "OWNER_DATABASE_URL"
        assert owner == (container["name"] != "web"), "the web server logs in as a role that owns nothing"


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=name_of)
def test_who_tells_people_knows_by_which_server_and_its_password_is_in_the_secret(deployment: Manifest) -> None:
    (container,) = pod(deployment)["spec"]["containers"]
    server = next(one for one in container["env"] if one["name"] == "EMAIL_URL")
    assert server["valueFrom"]["secretKeyRef"] == {"name": "marketing", "key": "EMAIL_URL", "optional": True}
    told = named("ConfigMap", "marketing")["data"].keys()
    assert {"PORTAL_URL", "ALERT_EMAILS", "EMAIL_FROM"} <= told
    assert "EMAIL_URL" not in told


def test_the_mail_server_that_somebody_wrote_down_goes_into_the_secret() -> None:
    given = make_env.values({}) | {"EMAIL_URL": "smtp+tls://me:secret@mail.example.com:587"}
    made: Any = make_env.secret(given, "db:5432/marketing", "broker:6379", "cache:6379")["stringData"]
    assert made["EMAIL_URL"] == given["EMAIL_URL"]


def test_the_secret_that_is_made_is_the_one_of_the_example() -> None:
    example = yaml.safe_load((FOLDER / "base/secret.example.yaml").read_text())
    made = make_env.secret(make_env.values({}), "db:5432/marketing", "broker:6379", "cache:6379")
    kubernetes_validate.validate(made, VERSION, strict=True)
    assert made["stringData"].keys() == example["stringData"].keys()  # type: ignore[attr-defined]
