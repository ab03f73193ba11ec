"""Digests that tell whether something has to be built, deployed or started anew."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.local.platform.paths import ROOT

DEPLOYED: Final = ("template.yaml", "samconfig.toml", "infra/*.yaml", "functions/**/*", "layers/**/*")
ENDPOINT: Final = ("infra/local/*.py", "infra/local/corrections/**/*.py", "infra/local/requirements.txt")


def digest_of(patterns: tuple[str, ...], *settings: str) -> str:
    """Return one digest of all files of the repository that match, and of settings."""
    digest = hashlib.sha256("\0".join(settings).encode())
    for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern)}):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(f"\0{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other process is inside the block for this lock; it ends with the process, however that ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
