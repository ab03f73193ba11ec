"""Runs `sam` so that nothing of a person's own AWS settings has a say in it."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Final

from infra.local.platform.faults import PlatformFault, tail_of
from infra.local.platform.paths import ENGINE_PYTHON, LOCAL, LOGS, ROOT, SAM

REGION: Final = "us-east-1"
ROOT_KEY: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""The endpoint's own root credentials."""

_APPLICATION_FOLDER: Final = LOCAL / "sam"
_NEVER: Final = 4102444800.0
"""The year 2100, as a time stamp."""


def sam(arguments: list[str], variables: Mapping[str, str]) -> None:
    """Run one command of `sam`, for the platform of this machine.

    Raises:
        PlatformFault: it failed; the message has the end of what it said.
    """
    _settle_questions()
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"sam-{arguments[0]}.log"
    with log.open("wb") as said:
        outcome = subprocess.run(
            [str(SAM), *arguments],
            cwd=ROOT,
            env=_environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            check=False,
        )
    if outcome.returncode != 0:
        raise PlatformFault(f"`sam {arguments[0]}` failed. The end of what it said:\n{tail_of(log)}")


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    # A person's credentials, profiles and endpoints must never lead a local deployment to a real account, and
    # another environment's Python settings must not reach this one.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "SAM_CLI_"))}
    return {
        **kept,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        **ROOT_KEY,
        "PATH": os.pathsep.join([str(ENGINE_PYTHON.parent), str(SAM.parent), os.environ.get("PATH", os.defpath)]),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(_APPLICATION_FOLDER),
        **variables,
    }


def _settle_questions() -> None:
    """Answer what `sam` would otherwise ask the network: whether there is a newer version of it."""
    _APPLICATION_FOLDER.mkdir(parents=True, exist_ok=True)
    answers = {"telemetryEnabled": False, "lastVersionCheck": _NEVER}
    (_APPLICATION_FOLDER / "metadata.json").write_text(json.dumps(answers))
