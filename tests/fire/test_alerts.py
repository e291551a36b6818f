"""Workers that hang: figures go stale, a real Prometheus and Alertmanager tell somebody, and tell when it is over."""

import subprocess
import sys

from config import environment
from tests.deploy.test_prometheus import needs_prometheus


@needs_prometheus
def test_stale_figures_reach_whoever_is_on_call_and_so_does_their_end() -> None:
    drill = [sys.executable, "-m", "deploy.alert_drill", "--faster", "20", "--only", "DataStale"]
    done = subprocess.run(drill, cwd=environment.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line for line in done.stdout.splitlines() if "alertmanager" in line and "DataStale" in line]
    assert [line.split()[3:] for line in told] == [["firing,", "to", "on-call"], ["resolved,", "to", "on-call"]]
    assert "says that" in done.stdout
