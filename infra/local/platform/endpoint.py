"""The local AWS endpoint as a process: started, found again, and ended in a way that keeps its state."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from infra.local.platform.faults import PlatformFault
from infra.local.platform.paths import ENGINE_PYTHON, LOGS, ROOT

_START_LIMIT_S: Final = 60.0
_STOP_LIMIT_S: Final = 60.0
_PASSED_ON: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
"""Functions inherit the endpoint's environment, so it gets no more of a person's than it needs."""


_children: dict[int, subprocess.Popen[bytes]] = {}
"""Endpoints that this very process started: they are waited for when they end, as children have to be."""


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: its port, where its state lives, and whether it enforces roles and policies.

    State is written when the process ends on SIGTERM, so a stop waits for the end.
    """

    port: int
    state: Path
    enforces_policies: bool = False

    @property
    def url(self) -> str:
        """The address of the AWS endpoint and of the API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def _pid_file(self) -> Path:
        return self.state / "endpoint.pid"

    @property
    def log(self) -> Path:
        """Where the process writes what goes wrong inside it."""
        return LOGS / f"endpoint-{self.port}.log"

    def pid(self) -> int | None:
        """Return the process that was started here, if it is still there."""
        try:
            pid = int(self._pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline")
            # Another program may have got the number of one that is long gone.
            if command.exists() and b"infra.local.endpoint" not in command.read_bytes():
                return None
            os.kill(pid, 0)
        except (OSError, ValueError):
            return None
        return pid

    def answers(self) -> bool:
        """Tell whether the endpoint answers requests."""
        try:
            return httpx.get(f"{self.url}/_nexstock/mailbox", timeout=2, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def start(self) -> None:
        """Start the endpoint, unless it runs already.

        Raises:
            PlatformFault: the port is somebody else's, or the process did not come up.
        """
        if self.pid() is not None and self.answers():
            return
        self.stop()
        if _is_taken(self.port):
            raise PlatformFault(
                f"Port {self.port} is in use by another program. "
                "Free it, or choose another one: NEXSTOCK_PORT=8471 make start"
            )
        self.state.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [str(ENGINE_PYTHON), "-m", "infra.local.endpoint"],
                cwd=ROOT,
                env=self._environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        _children[process.pid] = process
        self._pid_file.write_text(str(process.pid))
        self._await(process)

    def stop(self) -> bool:
        """End the process and wait until it has saved its state; tell whether there was one."""
        pid = self.pid()
        if pid is None:
            self._pid_file.unlink(missing_ok=True)
            return False
        os.kill(pid, signal.SIGTERM)
        ends_at = time.monotonic() + _STOP_LIMIT_S
        while time.monotonic() < ends_at and _is_running(pid):
            time.sleep(0.05)
        if _is_running(pid):
            os.kill(pid, signal.SIGKILL)
        self._pid_file.unlink(missing_ok=True)
        return True

    def _environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "NEXSTOCK_LOCAL_PORT": str(self.port),
            "NEXSTOCK_LOCAL_STATE": str(self.state / "engine"),
            "NEXSTOCK_LOCAL_AUTH": "1" if self.enforces_policies else "0",
        }

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        ends_at = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < ends_at:
            if process.poll() is not None:
                raise PlatformFault(f"The local AWS endpoint ended while it started. Its last words are in {self.log}")
            if self.answers():
                return
            time.sleep(0.1)
        raise PlatformFault(f"The local AWS endpoint does not answer after {_START_LIMIT_S:.0f} s. See {self.log}")


def _is_taken(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _is_running(pid: int) -> bool:
    if child := _children.get(pid):
        return child.poll() is None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
