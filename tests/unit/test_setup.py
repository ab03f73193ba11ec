"""Setting up: which interpreter is taken, and when an environment is made anew."""

import subprocess
from pathlib import Path

import pytest

from infra.bootstrap import STAMP, Environment

_FIND = Path(__file__).parents[2] / "infra" / "find-python"


def _interpreter(folder: Path, name: str, version: str, *, answers: bool = True) -> str:
    """Make a stand-in for an interpreter that tells this version, or one that fails as a pyenv shim does."""
    numbers = tuple(int(part) for part in version.split("."))
    path = folder / name
    path.write_text(
        f"""#!/bin/sh
        {"" if answers else 'echo "command not found" >&2; exit 127'}
        case "$2" in
            *executable*) echo "{path}" ;;
            *exit*) exit {int(numbers < (3, 11))} ;;
            *) echo "{version}" ;;
        esac
        """
    )
    path.chmod(0o755)
    return str(path)


def _find(*candidates: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(_FIND), *candidates], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 (our own script)


def test_the_first_interpreter_that_runs_and_is_new_enough_is_taken(tmp_path: Path) -> None:
    shim = _interpreter(tmp_path, "shim", "3.13.0", answers=False)
    old = _interpreter(tmp_path, "old", "3.9.2")
    good = _interpreter(tmp_path, "good", "3.11.4")
    newer = _interpreter(tmp_path, "newer", "3.12.1")
    found = _find(str(tmp_path / "absent"), shim, old, good, newer)
    assert (found.returncode, found.stdout.strip()) == (0, good)


def test_a_machine_with_old_interpreters_only_is_told_which_it_has(tmp_path: Path) -> None:
    refused = _find(_interpreter(tmp_path, "old", "3.9.2"))
    assert refused.returncode == 1
    assert "needs Python 3.11 or newer" in refused.stderr
    assert "old is 3.9.2" in refused.stderr


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Return an environment that is installed to its end."""
    lock = tmp_path / "requirements.txt"
    lock.write_text("one==1\n")
    made = Environment("test", tmp_path / "venv", lock)
    made.python.parent.mkdir(parents=True)
    made.python.touch()
    (made.folder / STAMP).write_text(made.stamp)
    return made


def test_a_finished_environment_is_left_alone(environment: Environment) -> None:
    assert environment.is_current()


def test_an_environment_is_stale_once_its_lock_file_changes(environment: Environment) -> None:
    environment.lock.write_text("one==2\n")
    assert not environment.is_current()


def test_a_half_finished_environment_is_stale(environment: Environment) -> None:
    (environment.folder / STAMP).unlink()
    assert not environment.is_current()


def test_an_environment_whose_interpreter_is_gone_is_stale(environment: Environment) -> None:
    environment.python.unlink()
    assert not environment.is_current()
