"""The local AWS endpoint as a process: started, found again, and ended in a way that keeps its state."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from infra.local.platform.faults import PlatformFault, tail_of
from infra.local.platform.paths import ENGINE_PYTHON, ROOT
from infra.local.platform.sources import ENDPOINT, digest_of

_START_LIMIT_S: Final = 60.0
_STOP_LIMIT_S: Final = 60.0
_POLL_S: Final = 0.05
_PASSED_ON: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
"""Functions inherit the endpoint's environment, so it gets no more of a person's than it needs."""


@dataclass(frozen=True)
class _Noted:
    """What a start notes of the process; `version` is that of its code and settings."""

    pid: int
    version: str


class Endpoint:
    """One endpoint: its port, where its state lives, and whether it enforces roles and policies.

    The process inherits the lock of the file that notes it, so that no other process that got its number by now is
    taken for it. State is written when the process ends on SIGTERM, so a stop waits for the end.
    """

    def __init__(self, port: int, state: Path, *, enforces_policies: bool = False) -> None:
        self.port = port
        self.state = state
        self.url = f"http://127.0.0.1:{port}"
        self.log = state / "endpoint.log"
        self._notes = state / "endpoint.json"
        self._enforces_policies = enforces_policies
        self._process: subprocess.Popen[bytes] | None = None

    def pid(self) -> int | None:
        """Return the process that was started here, if it is still there."""
        noted = self._noted()
        return noted.pid if noted else None

    def answers(self) -> bool:
        """Tell whether the endpoint answers requests."""
        try:
            return httpx.get(f"{self.url}/_nexstock/mailbox", timeout=2, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def start(self) -> bool:
        """Start the endpoint, unless it runs already with the present code and settings; tell whether it was started.

        Raises:
            PlatformFault: the port is somebody else's, or the process did not come up.
        """
        noted = self._noted()
        if noted is not None and noted.version == self._version() and self.answers():
            return False
        self.stop()
        if _is_taken(self.port):
            raise PlatformFault(
                f"Port {self.port} is in use by another program. "
                f"Free it, or choose another one: make start NEXSTOCK_PORT={self.port + 1}"
            )
        self.state.mkdir(parents=True, exist_ok=True)
        with self._notes.open("a+") as notes, self.log.open("ab") as log:
            fcntl.flock(notes, fcntl.LOCK_EX)
            self._process = subprocess.Popen(
                [str(ENGINE_PYTHON), "-m", "infra.local.endpoint"],
                cwd=ROOT,
                env=self._environment(),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                pass_fds=(notes.fileno(),),
                start_new_session=True,
            )
            notes.truncate(0)
            json.dump({"pid": self._process.pid, "version": self._version()}, notes)
        self._await(self._process)
        return True

    def stop(self) -> bool:
        """End the process and wait until it has saved its state; tell whether there was one.

        A process that does not end in time is killed, and what changed since its start is lost.
        """
        pid = self.pid()
        if pid is None:
            self._reap()
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        ends_at = time.monotonic() + _STOP_LIMIT_S
        while self.pid() is not None and time.monotonic() < ends_at:
            time.sleep(_POLL_S)
        # The functions run in its process group; none may outlive it.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        self._reap()
        return True

    def _reap(self) -> None:
        # A child that has ended stays a zombie until its parent asks for it.
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _noted(self) -> _Noted | None:
        try:
            with self._notes.open("r+") as notes:
                fcntl.flock(notes, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return _Noted(**json.loads(self._notes.read_text()))
        return None

    def _version(self) -> str:
        return digest_of(ENDPOINT, str(self.port), str(self._enforces_policies))

    def _environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "NEXSTOCK_LOCAL_PORT": str(self.port),
            "NEXSTOCK_LOCAL_STATE": str(self.state / "engine"),
            "NEXSTOCK_LOCAL_AUTH": "1" if self._enforces_policies else "0",
        }

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        ends_at = time.monotonic() + _START_LIMIT_S
        while not self.answers():
            if process.poll() is not None:
                raise PlatformFault(f"The local AWS endpoint ended while it started. Its log:\n{tail_of(self.log)}")
            if time.monotonic() > ends_at:
                self.stop()
                raise PlatformFault(
                    f"The local AWS endpoint did not answer in {_START_LIMIT_S:.0f} s. Its log:\n{tail_of(self.log)}"
                )
            time.sleep(_POLL_S)


def _is_taken(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
