"""Resolves every lock file anew: `make lock`. Hashes for all platforms, no registry's address in any of them."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
_LOCKS: Final = {
    "requirements.in": "requirements.txt",
    "requirements-dev.in": "requirements-dev.txt",
    "infra/checks/requirements.in": "infra/checks/requirements.txt",
    "infra/local/requirements.in": "infra/local/requirements.txt",
    "infra/local/requirements-sam.in": "infra/local/requirements-sam.txt",
}


def main() -> int:
    """Write the lock files, and the copy that the dependencies layer is built from."""
    for source, lock in _LOCKS.items():
        subprocess.run(
            [
                *(str(ROOT / ".venv" / "bin" / "uv"), "pip", "compile", source, "--output-file", lock),
                *(
                    "--universal",
                    "--python-version",
                    "3.11",
                    "--generate-hashes",
                    "--only-binary",
                    ":all:",
                    "--upgrade",
                ),
                *("--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"),
            ],
            cwd=ROOT,
            check=True,
        )
    shutil.copy(ROOT / "requirements.txt", ROOT / "layers" / "dependencies" / "requirements.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
