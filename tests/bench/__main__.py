"""Measure everything, or what the command line names: `python -m tests.bench import_time frame_cost`."""

import argparse
import importlib
import subprocess
import sys
import time
from typing import Final

from infra.local.platform.progress import say
from tests.support import environment
from tests.support.templates import ROOT

FIGURES: Final = ("import_time", "frame_cost", "database_calls", "request_latency")
ON_DEMAND: Final = (
    "audit",
    "audit_export",
    "data_keys",
    "deliveries",
    "enumeration",
    "imports",
    "receivers",
    "restore_drill",
    "rotation",
    "scale",
    "sealing",
    "second_wall",
    "tampering",
    "waiting",
)
"""What takes many minutes, and is measured if it is named only."""


def main() -> int:
    """Print the figures; each starts what it needs and stops it again."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    known = (*FIGURES, *ON_DEMAND)
    told = f"some of {', '.join(known)}; all but the last {len(ON_DEMAND)} unless named"
    parser.add_argument("figures", nargs="*", metavar="figure", help=told)
    named = parser.parse_args().figures or FIGURES
    if unknown := set(named) - set(known):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    if len(named) == 1:
        return _measure(named[0])
    # An interpreter each: what one figure has loaded, opened or warmed up is no part of the next one.
    return max(_run(name) for name in named)


def _run(name: str) -> int:
    return subprocess.run([sys.executable, "-m", "tests.bench", name], cwd=ROOT, check=False).returncode  # noqa: S603


def _measure(name: str) -> int:
    sys.path.insert(0, str(ROOT / "layers" / "nexstock"))
    environment.apply()
    # The layer reads its settings when it is imported, so no figure is imported before they are set.
    figure = importlib.import_module(f"tests.bench.{name}")
    began = time.monotonic()
    say(f"\n{figure.TITLE}")
    for line in figure.measure():
        say(f"  {line}")
    say(f"  ({time.monotonic() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
