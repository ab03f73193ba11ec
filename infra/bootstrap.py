"""Sets up the environments that NexStock is built, run and tested in.

Needs the standard library alone, because it runs before anything is installed:
`python infra/bootstrap.py tests engine sam checks dynoxide verifiers runtimes`. An environment whose stamp
matches its lock file and interpreter is left alone; any other is made anew, so a
half-finished one never survives.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
STAMP = ".nexstock-stamp"
PROGRESS_EVERY = 30
OUTPUT_TAIL = 12

_print_lock = threading.Lock()


class SetupError(Exception):
    """An environment could not be made; the message says what to do."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment and the lock file that defines it."""

    name: str
    folder: Path
    lock: Path

    @property
    def python(self) -> Path:
        """The environment's own interpreter."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> str:
        """What the environment was made from: interpreter, place and lock file."""
        made_from = f"{sys.version}\n{sys.base_prefix}\n{self.folder}\n"
        return hashlib.sha256(made_from.encode() + self.lock.read_bytes()).hexdigest()

    def is_current(self) -> bool:
        """Whether a finished installation of exactly this lock file is in place."""
        return _read(self.folder / STAMP) == self.stamp and self.python.exists()


ENVIRONMENTS = {
    "tests": Environment("tests", ROOT / ".venv", ROOT / "requirements-dev.txt"),
    "engine": Environment("engine", LOCAL / "venvs" / "engine", ROOT / "infra" / "local" / "requirements.txt"),
    "checks": Environment("checks", LOCAL / "venvs" / "checks", ROOT / "infra" / "checks" / "requirements.txt"),
    "sam": Environment("sam", LOCAL / "venvs" / "sam", ROOT / "infra" / "local" / "requirements-sam.txt"),
}
RUNTIMES = {"php": "php-cli", "ruby": "ruby"}
RUNTIMES_FOLDER = LOCAL / "runtimes"


def say(name: str, message: str) -> None:
    """Print one line of progress; safe from several threads."""
    with _print_lock:
        print(f"  {name:<9} {message}", flush=True)


def install(environment: Environment) -> None:
    """Make one virtual environment from its lock file.

    Raises:
        SetupError: the interpreter cannot make environments, or pip failed.
    """
    started = time.monotonic()
    say(environment.name, f"installing from {environment.lock.relative_to(ROOT)}")
    shutil.rmtree(environment.folder, ignore_errors=True)
    try:
        venv.create(environment.folder, symlinks=True, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as error:
        advice = "on Debian and Ubuntu: apt-get install python3-venv"
        raise SetupError(f"{sys.executable} cannot make virtual environments ({advice})") from error
    _pip_install(environment)
    (environment.folder / STAMP).write_text(environment.stamp)
    say(environment.name, f"ready in {time.monotonic() - started:.0f} s")


@dataclass(frozen=True)
class NodePackages:
    """Packages of npm that some tests use; a folder with a manifest and a lock file defines them."""

    name: str
    source: Path
    without: str

    @property
    def folder(self) -> Path:
        """Where they are installed."""
        return LOCAL / self.name


NODE_PACKAGES = {
    "dynoxide": NodePackages(
        "dynoxide", ROOT / "tests" / "support" / "dynoxide", "the tests use the local endpoint instead, which is slower"
    ),
    "verifiers": NodePackages(
        "verifiers", ROOT / "tests" / "support" / "verifiers", "they do not verify webhooks in the tests"
    ),
}


def install_node_packages(packages: NodePackages) -> None:
    """Install packages where npm can; their absence is no fault."""
    manifests = [packages.source / "package.json", packages.source / "package-lock.json"]
    stamp = hashlib.sha256(b"".join(manifest.read_bytes() for manifest in manifests)).hexdigest()
    if _read(packages.folder / STAMP) == stamp:
        return
    npm = shutil.which("npm")
    if npm is None:
        say(packages.name, f"left out: no npm here; {packages.without}")
        return
    shutil.rmtree(packages.folder, ignore_errors=True)
    packages.folder.mkdir(parents=True)
    for manifest in manifests:
        shutil.copy(manifest, packages.folder)
    if not _succeeds(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder=packages.folder
    ):
        say(packages.name, f"left out: npm could not install it; {packages.without}")
        return
    (packages.folder / STAMP).write_text(stamp)
    say(packages.name, "ready")


def install_runtimes() -> None:
    """Unpack PHP and Ruby from the Debian archive, whose signatures apt verifies; their absence is no fault.

    They run the examples of verifying webhooks. Nothing is installed into the system, and where a person has them
    already, or there is no apt, nothing is unpacked.
    """
    if shutil.which("go") is not None:
        # Compiles as much of Go's library as the example needs, once a machine, so that no test waits for it.
        _succeeds(["go", "build", "-o", os.devnull, str(ROOT / "docs" / "examples" / "webhooks" / "verify.go")])
    packages = [package for program, package in RUNTIMES.items() if shutil.which(program) is None]
    stamp = " ".join([str(RUNTIMES_FOLDER), *packages])
    if not packages or shutil.which("apt-get") is None or _read(RUNTIMES_FOLDER / STAMP) == stamp:
        return
    shutil.rmtree(RUNTIMES_FOLDER, ignore_errors=True)
    for folder in ("lists/partial", "cache/archives/partial", "bin", "root"):
        (RUNTIMES_FOLDER / folder).mkdir(parents=True)
    settings = {
        "Dir::State::Lists": RUNTIMES_FOLDER / "lists",
        "Dir::Cache": RUNTIMES_FOLDER / "cache",
        "Debug::NoLocking": "true",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "--quiet=2", *(f"--option={name}={value}" for name, value in settings.items())]
    download = ["install", "--download-only", "--yes", "--no-install-recommends", *packages]
    if not _succeeds([*apt, "update"]) or not _succeeds([*apt, *download]):
        say("runtimes", "left out: apt could not fetch them; the examples in PHP and Ruby are not run")
        return
    for archive in (RUNTIMES_FOLDER / "cache" / "archives").glob("*.deb"):
        _succeeds(["dpkg-deb", "--extract", str(archive), str(RUNTIMES_FOLDER / "root")])
    for program in RUNTIMES:
        _write_starter(program, RUNTIMES_FOLDER / "root" / "usr")
    for folder in ("lists", "cache"):
        shutil.rmtree(RUNTIMES_FOLDER / folder)
    (RUNTIMES_FOLDER / STAMP).write_text(stamp)
    say("runtimes", f"ready: {' '.join(packages)}")


def _write_starter(program: str, usr: Path) -> None:
    """Write a script that starts a program where it was unpacked; `program` is followed by its version there."""
    for unpacked in usr.glob(f"bin/{program}[0-9]*"):
        libraries = next(usr.glob("lib/*-linux-gnu*"))
        ruby = [*usr.glob("lib/ruby/[0-9]*"), *libraries.glob("ruby/[0-9]*")]
        paths = f"LD_LIBRARY_PATH={libraries} RUBYLIB={':'.join(map(str, ruby))}"
        option = "-n" if program == "php" else "--disable-gems"
        starter = RUNTIMES_FOLDER / "bin" / program
        starter.write_text(f'#!/bin/sh\nexec env {paths} {unpacked} {option} "$@"\n')
        starter.chmod(0o755)


def _succeeds(command: list[str], *, folder: Path = ROOT) -> bool:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def set_up(names: list[str]) -> None:
    """Bring the named environments up to date, several at a time.

    Raises:
        SetupError: at least one of them could not be made.
    """
    stale = [ENVIRONMENTS[name] for name in names if name in ENVIRONMENTS and not ENVIRONMENTS[name].is_current()]
    jobs: list[Callable[[], None]] = [_job(environment) for environment in stale]
    jobs += [partial(install_node_packages, NODE_PACKAGES[name]) for name in names if name in NODE_PACKAGES]
    if "runtimes" in names:
        jobs.append(install_runtimes)
    with ThreadPoolExecutor(max_workers=max(len(jobs), 1)) as pool:
        results = [pool.submit(job) for job in jobs]
    faults = [str(fault) for result in results if (fault := result.exception()) is not None]
    if faults:
        raise SetupError("\n".join(faults))


def _job(environment: Environment) -> Callable[[], None]:
    return lambda: install(environment)


def _pip_install(environment: Environment) -> None:
    command = [str(environment.python), "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:"]
    command += ["--no-deps", "--progress-bar", "off", "--disable-pip-version-check", "-r", str(environment.lock)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    lines: list[str] = []
    collected = 0
    for line in process.stdout or ():
        lines.append(line.rstrip())
        if line.startswith("Collecting "):
            collected += 1
            if collected % PROGRESS_EVERY == 0:
                say(environment.name, f"fetched {collected} packages")
        elif line.startswith("Installing collected packages"):
            say(environment.name, f"unpacking {collected} packages")
    if process.wait() != 0:
        tail = "\n".join(f"    {line}" for line in lines[-OUTPUT_TAIL:])
        raise SetupError(f"{environment.name}: pip could not install {environment.lock.name}:\n{tail}")


def _read(path: Path) -> str | None:
    try:
        return path.read_text()
    except OSError:
        return None


@contextmanager
def _only_one_setup() -> Iterator[None]:
    """Keep a second `make` from rebuilding an environment that the first one is making."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Set up what the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", choices=[*ENVIRONMENTS, *NODE_PACKAGES, "runtimes"])
    names = parser.parse_args().names
    # A pip that inherits these would install into, or read from, another environment.
    for variable in ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_USER", "PIP_PREFIX", "VIRTUAL_ENV"):
        os.environ.pop(variable, None)
    try:
        with _only_one_setup():
            set_up(names)
    except SetupError as error:
        print(f"Set-up failed.\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Set-up interrupted; run it again to finish.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
