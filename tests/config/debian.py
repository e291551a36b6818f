"""Packages of the distribution, where a run may install them."""

import os
import shutil
import subprocess


def install(*packages: str) -> str:
    """Empty when they are there, else why not: only root may, and only apt-get knows them by these names."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        return "only root can install them, and only with apt-get"
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in ([apt, "update"], [apt, "install", "-y", "--no-install-recommends", *packages]):
        if subprocess.run(command, env=environment, check=False).returncode != 0:
            return f"`{' '.join(command)}` failed"
    return ""
