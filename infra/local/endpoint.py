"""Start the local AWS endpoint: `python -m infra.local.endpoint`, in the engine's own environment.

It serves every AWS service that NexStock uses, and NexStock's own API, on one
port of 127.0.0.1 until SIGTERM or SIGINT, and then saves its state. Settings
are environment variables:

- `NEXSTOCK_LOCAL_PORT`: port, 4566 unless set;
- `NEXSTOCK_LOCAL_STATE`: directory of its state; without it, state ends with the process;
- `NEXSTOCK_LOCAL_AUTH`: `1` enforces IAM policies and signatures;
- `NEXSTOCK_API_NAME`: name of the REST API that answers `/v1`, `nexstock-local` unless set.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"
_DEFAULT_PORT = "4566"
_DEFAULT_API_NAME = "nexstock-local"


@dataclass(frozen=True)
class Settings:
    """What the environment says about this endpoint."""

    port: int
    state: Path | None
    enforces_policies: bool
    api_name: str

    @classmethod
    def from_environment(cls) -> Self:
        """Read the settings.

        Raises:
            ValueError: the port is no number.
        """
        state = os.environ.get("NEXSTOCK_LOCAL_STATE")
        return cls(
            port=int(os.environ.get("NEXSTOCK_LOCAL_PORT", _DEFAULT_PORT)),
            state=Path(state).resolve() if state else None,
            enforces_policies=os.environ.get("NEXSTOCK_LOCAL_AUTH") == "1",
            api_name=os.environ.get("NEXSTOCK_API_NAME", _DEFAULT_API_NAME),
        )

    def engine_environment(self) -> dict[str, str]:
        """Return the engine's own variables; it reads them when it is imported."""
        variables = {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": HOST,
            # Neither listener is needed, and both would open a port to the network.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "AUTH": "true" if self.enforces_policies else "false",
            "PERSIST_STATE": "1" if self.state else "0",
            "S3_PERSIST": "1" if self.state else "0",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
        }
        if self.state:
            variables |= {"STATE_DIR": str(self.state), "S3_DATA_DIR": str(self.state / "s3")}
        return variables


def main() -> None:
    """Serve until the process is told to stop.

    Raises:
        CorrectionError: the installed engine is not the one that the corrections were written for.
    """
    settings = Settings.from_environment()
    os.environ.update(settings.engine_environment())
    # The engine reads its environment when it is imported.
    from infra.local import front_door  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="nexstock-endpoint-") as scratch:
        directory = settings.state or Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        front_door.run(
            f"{HOST}:{settings.port}",
            api_name=settings.api_name,
            cache_directory=directory / "unpacked-code",
        )


if __name__ == "__main__":
    main()
