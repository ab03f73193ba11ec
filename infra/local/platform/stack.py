"""The deployed platform as one thing: endpoint, build and deployment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from infra.local.platform import deployment
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

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint below."""
        return Endpoint(self.port, self.state_dir, self.enforces_policies)

    def start(self) -> RunningPlatform:
        """Start, build and deploy as far as needed, and say so.

        Raises:
            PlatformFault: one of them failed.
        """
        endpoint = self.endpoint
        with step(f"the local AWS endpoint answers on port {self.port}"):
            endpoint.start()
        with step("the template is built (sam build)"):
            built = deployment.build()
        with step("the template is deployed (sam deploy --config-env local)"):
            deployed = deployment.deploy(endpoint, self.overrides)
        if not (built or deployed):
            say("    nothing has changed since the last deployment, so both were skipped")
        return RunningPlatform(endpoint.url, f"{endpoint.url}/_nexstock/mailbox", endpoint.url)

    def stop(self) -> bool:
        """Stop and keep the state; tell whether anything ran."""
        return self.endpoint.stop()

    def __enter__(self) -> RunningPlatform:
        """Start."""
        return self.start()

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()
