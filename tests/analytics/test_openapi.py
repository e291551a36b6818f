"""The API's description: valid, complete, and the committed one."""

from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import Client

COMMITTED = Path(settings.BASE_DIR) / "openapi.yaml"


def test_the_committed_description_is_the_one_of_the_code(tmp_path: Path) -> None:
    """After a change of the API: `make openapi`, and look at what it changed."""
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(made))
    assert COMMITTED.read_text() == made.read_text()


@pytest.mark.django_db
def test_the_served_description_is_the_committed_one() -> None:
    served = yaml.safe_load(Client().get("/api/schema/").content)
    assert served == yaml.safe_load(COMMITTED.read_text())


def test_every_endpoint_names_its_errors() -> None:
    paths = yaml.safe_load(COMMITTED.read_text())["paths"]
    assert "/api/v1/kpi" in paths
    for path, methods in paths.items():
        for operation in methods.values():
            assert {"405", "406", "415", "429"} <= set(operation["responses"]), path
            if path != "/api/v1/health":
                assert {"400", "401", "403"} <= set(operation["responses"]), path
                assert "application/problem+json" in operation["responses"]["400"]["content"], path
