"""Functions as Lambda runs them: each in a fresh interpreter, with the template's environment and nothing else.

What an isolated function imports, calls and prints is therefore what the deployed one would: no other handler has
loaded a module, filled a cache or set a variable before.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Final, Self

from tests.support.templates import ROOT, Json, functions, given_to_all_functions, operation_name

_PROGRAM: Final = ROOT / "tests" / "support" / "journeys" / "isolated_program.py"
_OF_LAMBDA: Final = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""Variables that Lambda itself sets."""

ROLES: Final = "arn:aws:iam::000000000000:role/nexstock-test-us-east-1-"
"""What the ARNs of the functions' roles begin with; nobody enforces them here."""

_OF_THE_ENGINES: Final = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB")
"""Where AWS is, in tests."""


@dataclass(frozen=True)
class AwsCall:
    """One call of an AWS service, with its parameters as the code gave them."""

    service: str
    operation: str
    parameters: Json


@dataclass(frozen=True)
class Outcome:
    """What one invocation came to: the answer or the exception's name, and the calls that it made."""

    answer: Any
    raised: str | None
    calls: list[AwsCall]

    @property
    def status(self) -> int:
        """The HTTP status of an API function's answer."""
        return int(self.answer["statusCode"])

    @property
    def json(self) -> Any:  # noqa: ANN401 (any JSON value)
        """The JSON body of an API function's answer."""
        return json.loads(self.answer["body"])


def variables_of(logical_id: str) -> dict[str, Any]:
    """Return the environment variables that the template gives a function, with its expressions."""
    shared = given_to_all_functions()["Environment"]["Variables"]
    own = functions()[logical_id].get("Environment", {}).get("Variables", {})
    return {**shared, **own}


class IsolatedFunction:
    """One function in an interpreter of its own, until the block ends.

    Args:
        logical_id: of the function in its template.
        overrides: environment variables with other values than the suite's.
        prelude: a module that is imported before the handler, to change what it will find.
    """

    def __init__(
        self, logical_id: str, overrides: Mapping[str, str] | None = None, *, prelude: str | None = None
    ) -> None:
        self._logical_id = logical_id
        self._preludes = [prelude] if prelude else []
        self._overrides = dict(overrides or {})
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed when the block ends)
        self.modules: frozenset[str] = frozenset()

    def __enter__(self) -> Self:
        """Start the interpreter and import the handler."""
        function = functions()[self._logical_id]
        receiving, sending = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            [
                *(sys.executable, "-P", str(_PROGRAM), function["Handler"].removesuffix(".handler"), str(sending)),
                *self._preludes,
            ],
            cwd="/",
            env=self._environment(function["CodeUri"]),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            pass_fds=[sending],
            text=True,
        )
        os.close(sending)
        self._answers: IO[str] = os.fdopen(receiving)
        self.modules = frozenset(self._next_answer())
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the interpreter."""
        self._process.kill()
        self._process.communicate()
        self._answers.close()
        self._log.close()

    @property
    def log(self) -> str:
        """Everything that the function has printed."""
        self._log.seek(0)
        return self._log.read()

    def invoke(self, event: Json) -> Outcome:
        """Hand the function one event."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(json.dumps(event) + "\n")
        stdin.flush()
        told = self._next_answer()
        return Outcome(told["answer"], told["raised"], [AwsCall(**call) for call in told["calls"]])

    def _next_answer(self) -> Any:  # noqa: ANN401 (any JSON value)
        line = self._answers.readline()
        if not line:
            message = f"{self._logical_id} ended: {self.log[-2000:]}"
            raise RuntimeError(message)
        return json.loads(line)

    def _import_path(self, code: str) -> list[str]:
        deployed = [str(ROOT / "layers" / "nexstock"), str(ROOT / "functions" / code)]
        return [*deployed, str(ROOT)] if self._preludes else deployed

    def _environment(self, code: str) -> dict[str, str]:
        names = [*variables_of(self._logical_id), *_OF_LAMBDA, *_OF_THE_ENGINES]
        return {
            **{name: os.environ[name] for name in names if name in os.environ},
            "AWS_LAMBDA_FUNCTION_NAME": f"nexstock-test-{operation_name(functions()[self._logical_id])}",
            "NEXSTOCK_ORGANIZATION_SESSIONS": ROLES,
            "PYTHONPATH": os.pathsep.join(self._import_path(code)),
            **self._overrides,
        }
