"""`python -m infra.supply.reproducible`: builds everything twice, and compares what comes out.

Each time in another folder and with the pip of another environment, which is as near to another machine as one gets.

Nothing is taken from a cache. What is compared is what `sam deploy` names uploads by: the paths and contents of all
files of each function and layer, and not when they were written.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from infra.supply.packages import ROOT

_SAM: Final = ROOT / ".local" / "venvs" / "sam" / "bin" / "sam"
_SOURCES: Final = ("template.yaml", "samconfig.toml", "infra", "functions", "layers", "requirements.txt")
_ENVIRONMENTS: Final = (Path(".venv"), Path(".local/venvs/engine"))


class BuildFailedError(Exception):
    """`sam build` failed; the message has the end of what it said."""


def contents(folder: Path) -> dict[str, str]:
    """Return the digest of every file below a folder, by path, and whether it may be executed."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        f"{path.relative_to(folder)}{'*' if os.access(path, os.X_OK) else ''}": hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in files
    }


def digest(files: dict[str, str]) -> str:
    """Return one digest of files by path."""
    lines = "".join(f"{value}  {name}\n" for name, value in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def built(folder: Path, python: Path) -> dict[str, str]:
    """Build the sources in a folder of their own, with pip of an interpreter, and return digests of what comes out.

    Raises:
        BuildFailedError: the build failed.
    """
    folder.mkdir(parents=True)
    for source in map(Path, _SOURCES):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / source, folder / source)
    # Functions are copied and not compiled, so that any version of Python builds what another one runs.
    runtime = f"PythonRuntime=python{sys.version_info.major}.{sys.version_info.minor}"
    places = ["--build-dir", str(folder / "build"), "--cache-dir", str(folder / "cache")]
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_DEFAULT_REGION": "us-east-1",
        "NEXSTOCK_PYTHON": str(python),
        "PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)]),
        "SAM_CLI_TELEMETRY": "0",
    }
    command = [str(_SAM), "build", "--no-cached", "--parallel", *places, "--parameter-overrides", runtime]
    outcome = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        raise BuildFailedError(outcome.stderr[-2000:])
    made = contents(folder / "build")
    # The template that `sam build` writes names the folders that it was built in, until `sam deploy` replaces them.
    return {name: value for name, value in made.items() if not name.endswith("template.yaml")}


def main() -> int:
    """Build twice; return the exit status."""
    with tempfile.TemporaryDirectory() as made:
        first, second = (built(Path(made) / place, ROOT / place / "bin" / "python") for place in _ENVIRONMENTS)
    different = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    for name in different:
        print(f"differs: {name}")
    print(f"{len(first)} files, {len(different)} of them different; digest {digest(first)}, {digest(second)}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
