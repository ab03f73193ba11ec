"""`python -m infra.local.demo`: what `make demo-data` calls.

Without NEXSTOCK_URL and NEXSTOCK_API_KEY it fills the demo organization of the local platform. A second run, or one
after an interruption, makes only what is still missing.
"""

import argparse
import json
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx

from infra.local.demo.api import DemoApi
from infra.local.demo.business import Business, Size
from infra.local.demo.filling import Filler, routes_of, run
from infra.local.demo.journal import Journal
from infra.local.platform.faults import PlatformFault
from infra.local.platform.paths import LOCAL, PLATFORM_FILE
from infra.local.platform.progress import say

_WHOLE: Final = 100


def fill(api: DemoApi, folder: Path, *, seed: int, percent: int) -> None:
    """Fill the organization of an API key; what was done already stands in a folder.

    Raises:
        PlatformFault: the platform refused a request, or does not answer.
    """
    organization, document = api.read("/v1/organization"), api.read("/v1/openapi.json")
    business = Business(Size().percent(percent), organization["currency"], seed=seed, knows_lots=_knows_lots(document))
    prefix = f"demo-{seed}-{percent}"
    say(f"A business for {organization['name']} ({organization['id']})")
    with closing(Journal(folder / f"{organization['id']}-{prefix}.jsonl")) as journal:
        routes = routes_of(document)
        for stage in Filler(api, journal, business, prefix).stages():
            if stage.route in routes:
                run(stage)
            else:
                say(f"  - no {stage.name}: this platform has no {stage.route}")
        say(f"Done; {journal.refusals:,} steps were refused, for what was in stock or had happened before.")


def _knows_lots(document: Any) -> bool:  # noqa: ANN401 (an OpenAPI document)
    schemas = document["components"]["schemas"]
    return "tracking" in schemas["CreateProduct"]["properties"] and "lots" in schemas["AdjustStock"]["properties"]


def _target() -> tuple[str, str]:
    """Return where the API is, and the key."""
    url, key = os.environ.get("NEXSTOCK_URL"), os.environ.get("NEXSTOCK_API_KEY")
    if url and key:
        return url.rstrip("/"), key
    if url or key:
        raise PlatformFault("NEXSTOCK_URL and NEXSTOCK_API_KEY belong together.")
    try:
        platform = json.loads(PLATFORM_FILE.read_text())
        return platform["apiUrl"], platform["demo"]["apiKey"]
    except (OSError, ValueError, KeyError):
        told = "The local platform is not running; `make start` starts it. Or name NEXSTOCK_URL and NEXSTOCK_API_KEY."
        raise PlatformFault(told) from None


def main() -> int:
    """Fill; a foreseeable fault is one message, never a trace."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.demo", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="which business it is")
    parser.add_argument("--percent", type=int, default=_WHOLE, help="how much of it, e.g. 10 for a tenth")
    options = parser.parse_args()
    try:
        with closing(DemoApi(*_target())) as api:
            fill(api, LOCAL / "demo", seed=options.seed, percent=options.percent)
    except PlatformFault as fault:
        print(f"\n{fault}", file=sys.stderr)
        return 1
    except httpx.HTTPError as error:
        print(f"\nThe API does not answer ({error}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
