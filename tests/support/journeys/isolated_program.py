"""One function in an interpreter of its own, as Lambda runs it: the program that `isolated` starts.

It imports the handler's module, says which modules that loaded, and then answers events: one JSON line in on standard
input, one JSON line out on the descriptor that the command line names. What it prints is the function's log.
"""

import importlib
import json
import os
import sys
from typing import Any, Final

_UNREADABLE: Final = "<binary>"


class _Context:
    """What of Lambda's context object our functions read."""

    function_name = "test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:test"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Return so little that what can be queued for later is."""
        return 10_000


def main() -> None:
    """Import the module named first on the command line and serve its handler until standard input ends.

    A third argument names a module that is imported before it.
    """
    with os.fdopen(int(sys.argv[2]), "w") as answers:
        for prelude in sys.argv[3:]:
            importlib.import_module(prelude)
        module = importlib.import_module(sys.argv[1])
        print(json.dumps(sorted(sys.modules)), file=answers, flush=True)
        calls = _recorded_calls()
        for line in sys.stdin:
            outcome = _outcome(module, json.loads(line))
            print(json.dumps({**outcome, "calls": calls}, default=_readable), file=answers, flush=True)
            calls.clear()


def _recorded_calls() -> list[dict[str, Any]]:
    # Imported only now: what it loads must not count as loaded by the handler.
    from botocore import register_initializer  # noqa: PLC0415

    calls: list[dict[str, Any]] = []

    def note(params: dict[str, Any], model: Any, **_rest: Any) -> None:  # noqa: ANN401 (botocore's hook)
        service = model.service_model.service_name
        calls.append({"service": service, "operation": model.name, "parameters": dict(params)})

    # Clients are made at their first use, the encryption SDK's own included; each session passes here first.
    register_initializer(lambda session: session.register("before-parameter-build", note))
    return calls


def _outcome(module: Any, event: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 (a handler's module)
    try:
        return {"answer": module.handler(event, _Context()), "raised": None}
    except Exception as error:  # noqa: BLE001 (Lambda reports any exception of a handler)
        return {"answer": None, "raised": type(error).__name__}


def _readable(value: Any) -> str:  # noqa: ANN401 (whatever JSON has no form for)
    return _UNREADABLE if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    main()
