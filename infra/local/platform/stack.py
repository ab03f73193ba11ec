"""The deployed platform as one thing: endpoint, build and deployment."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType

from infra.local.platform import deployment
from infra.local.platform.deployment import BrokenStack
from infra.local.platform.endpoint import Endpoint
from infra.local.platform.progress import say, step


@dataclass(frozen=True)
class RunningPlatform:
    """Where a running platform is reached."""

    api_url: str
    mailbox_url: str
    aws_endpoint_url: str


@dataclass(frozen=True)
class Platform:
    """A platform on a port, with a state of its own; as a context manager it stops again.

    Args:
        port: of 127.0.0.1.
        state_dir: where its state lives on after a stop.
        enforces_policies: whether roles and policies are enforced.
        overrides: template parameters that differ from samconfig.toml's local environment.
    """

    port: int
    state_dir: Path
    enforces_policies: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def endpoint(self) -> Endpoint:
        """The endpoint below."""
        return Endpoint(self.port, self.state_dir, enforces_policies=self.enforces_policies)

    def start(self) -> RunningPlatform:
        """Start, build and deploy as far as needed, and say so.

        Raises:
            PlatformFault: one of them failed.
        """
        just_started = self._start_endpoint()
        with step("the template is built (sam build)"):
            built = deployment.build()
        try:
            deployed = self._deploy(just_started=just_started)
        except BrokenStack:
            say("    an earlier deployment was cut off; what it left behind is removed")
            self.reset()
            deployed = self._deploy(just_started=self._start_endpoint())
        if not (built or deployed):
            say("    nothing has changed since the last deployment, so both were skipped")
        url = self.endpoint.url
        return RunningPlatform(url, f"{url}/_nexstock/mailbox", url)

    def stop(self) -> bool:
        """Stop and keep the state; tell whether anything ran."""
        return self.endpoint.stop()

    def reset(self) -> None:
        """Stop and remove all state."""
        self.stop()
        shutil.rmtree(self.state_dir, ignore_errors=True)

    def _start_endpoint(self) -> bool:
        with step(f"the local AWS endpoint answers on port {self.port}"):
            return self.endpoint.start()

    def _deploy(self, *, just_started: bool) -> bool:
        with step("the template is deployed (sam deploy --config-env local)"):
            return deployment.deploy(self.endpoint, self.overrides, just_started=just_started)

    def __enter__(self) -> RunningPlatform:
        """Start; what was started of it is stopped again if that fails."""
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()
