"""Lambda: unpack a function's code and its layers once, not once per execution environment.

Restores "Understanding the Lambda execution environment lifecycle" of the AWS
Lambda Developer Guide, where code and layers are mounted from an image that
was prepared when they were published. Stock writes, unpacks and compiles every
archive anew for each worker: 4.5 s for the first call with 72 MB of layers.

Each archive is unpacked into a directory named by its SHA-256 digest, byte
compiled, and linked into every worker that needs it.
"""

import compileall
import hashlib
import os
import py_compile
import shutil
import tempfile
import threading
import time
import types
import zipfile
from pathlib import Path

from ministack.core import lambda_runtime as runtime

from infra.local.corrections.patching import replace, require

_UNUSED_S = 14 * 24 * 3600.0
"""An unpacked archive that no worker has used for so long belongs to code that was replaced."""


class _ArchiveCache:
    """Unpacked archives by digest; one thread unpacks while the others wait."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory = directory
        self._lock = threading.Lock()

    def remove_unused(self) -> None:
        """Remove what has not been used for two weeks, and what an interrupted start left half unpacked."""
        oldest = time.time() - _UNUSED_S
        for entry in self._directory.iterdir():
            if entry.name.startswith("tmp") or entry.stat().st_mtime < oldest:
                shutil.rmtree(entry)

    def unpack(self, archive: Path) -> Path:
        """Return the directory that holds the archive's files."""
        with archive.open("rb") as opened:
            target = self._directory / hashlib.file_digest(opened, "sha256").hexdigest()
        with self._lock:
            if target.is_dir():
                os.utime(target)
                return target
            unfinished = Path(tempfile.mkdtemp(dir=self._directory))
            with zipfile.ZipFile(archive) as opened_archive:
                opened_archive.extractall(unfinished)
            # The digest names the sources, so the compiled files never need to be compared with them.
            unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
            compileall.compile_dir(unfinished, quiet=2, invalidation_mode=unchecked)
            unfinished.rename(target)
            return target


def apply(cache_directory: Path) -> None:
    """Make workers link unpacked archives from the cache directory."""
    require(runtime, "zipfile")
    cache = _ArchiveCache(cache_directory)
    cache.remove_unused()

    class LinkedArchive(zipfile.ZipFile):
        """A zip file whose extraction is a symbolic link to the cached copy."""

        def extractall(self, path: object = None, members: object = None, pwd: bytes | None = None) -> None:
            """Replace the worker's empty directory by a link; the worker's copy of the archive is not needed."""
            if members is not None or pwd is not None or self.filename is None:
                message = "the engine unpacks archives in a way that this correction does not know"
                raise NotImplementedError(message)
            archive, target = Path(self.filename), Path(str(path))
            unpacked = cache.unpack(archive)
            target.rmdir()
            target.symlink_to(unpacked, target_is_directory=True)
            archive.unlink()

    # Only the workers' module sees the replacement: other services unpack archives for other reasons.
    replacement = types.SimpleNamespace(
        ZipFile=LinkedArchive,
        BadZipFile=zipfile.BadZipFile,
        LargeFileError=zipfile.LargeZipFile,
    )
    replace(runtime, "zipfile", replacement)
