"""`python -m infra.local.platform start|stop|status|logs|redrive|reset`: what the Makefile calls."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Final

import httpx

from infra.local.platform.deployment import STACK, client
from infra.local.platform.faults import PlatformFault
from infra.local.platform.logs import follow
from infra.local.platform.paths import LOCAL, PLATFORM_FILE, STATE
from infra.local.platform.progress import say, step
from infra.local.platform.proof import prove
from infra.local.platform.seed import Demo, seed
from infra.local.platform.sources import alone
from infra.local.platform.stack import Platform, RunningPlatform
from infra.redrive import Clients
from infra.redrive import redrive as hand_over

_DEFAULT_PORT: Final = 8470
_MAX_PORT: Final = 65535


def start() -> None:
    """Start everything, seed it, prove it, and say what a person needs."""
    began = time.monotonic()
    say("NexStock on this machine")
    with alone(LOCAL / "start.lock"):
        running = _platform().start()
        with step("the demo organization is there"):
            demo = seed(running)
        say("\nProof, over HTTP")
        proven = prove(running)
    _summarize(running, demo, proven, time.monotonic() - began)


def stop() -> None:
    """Stop; the state stays."""
    with step("state is saved"):
        was_running = _platform().stop()
    say("Stopped." if was_running else "Nothing was running.")


def status() -> None:
    """Say whether the platform runs."""
    endpoint = _platform().endpoint
    say(f"running at {endpoint.url}" if endpoint.pid() and endpoint.answers() else "not running")


def logs() -> None:
    """Follow the functions' logs."""
    endpoint = _platform().endpoint
    if not endpoint.answers():
        raise PlatformFault("The platform is not running; `make start` starts it.")
    follow(endpoint)


def redrive() -> None:
    """Hand over once more the stream records that could not be handled."""
    endpoint = _platform().endpoint
    if not endpoint.answers():
        raise PlatformFault("The platform is not running; `make start` starts it.")
    clients = Clients(*(client(endpoint, service) for service in ("sqs", "lambda", "dynamodbstreams")))
    url = clients.queues.get_queue_url(QueueName=f"{STACK}-stream-failures")["QueueUrl"]
    if left := hand_over(clients, url):
        raise PlatformFault(f"{left} stay in the queue; `make logs` says why.")


def reset() -> None:
    """Stop and forget all state."""
    _platform().reset()
    PLATFORM_FILE.unlink(missing_ok=True)
    say("All local state is gone; `make start` begins anew.")


_COMMANDS: Final[dict[str, Callable[[], None]]] = {
    "start": start,
    "stop": stop,
    "status": status,
    "logs": logs,
    "redrive": redrive,
    "reset": reset,
}


def _platform() -> Platform:
    return Platform(_port(), STATE)


def _port() -> int:
    chosen = os.environ.get("NEXSTOCK_PORT")
    if chosen is None:
        return _remembered_port() or _DEFAULT_PORT
    if not chosen.isdecimal() or not 0 < int(chosen) <= _MAX_PORT:
        raise PlatformFault("NEXSTOCK_PORT has to be the number of a port, e.g. 8471.")
    return int(chosen)


def _remembered_port() -> int | None:
    try:
        return int(json.loads(PLATFORM_FILE.read_text())["apiUrl"].rpartition(":")[2])
    except (OSError, ValueError, KeyError):
        return None


def _summarize(running: RunningPlatform, demo: Demo, proven: int, took_s: float) -> None:
    say(
        f"""
{proven} statements proven. Everything took {took_s:.0f} s.

  API            {running.api_url}/v1
  Documentation  {running.api_url}/v1/openapi.json
  Mails          {running.mailbox_url}
  Demo           {demo.email}
  Password       {demo.password}
  API key        {demo.api_key}

Try it:

  curl -s {running.api_url}/v1/products -H 'X-API-Key: {demo.api_key}'

make logs, make stop, make reset. The same values are in .local/platform.json."""
    )


def main() -> int:
    """Run one command; a foreseeable fault is one message, never a trace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=list(_COMMANDS))
    try:
        _COMMANDS[parser.parse_args().command]()
    except PlatformFault as fault:
        print(f"\n{fault}", file=sys.stderr)
        return 1
    except httpx.HTTPError as error:
        print(f"\nThe platform does not answer ({error}); `make start` starts it again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; `make start` goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
