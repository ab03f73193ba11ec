"""Lambda: what one invocation of a Python function costs, sees and answers when it fails.

Restores "Building Lambda functions with Python" and "Lambda function errors in
Python" of the AWS Lambda Developer Guide. Stock waits up to 50 ms for log
lines after every invocation, kills the worker when a handler raises and names
every failure `Runtime.HandlerError`, lets a layer's module shadow one of the
function's own package (AWS puts `/var/task` before `/opt/python`), and tells a
function with a log group of its own the name of another one.
"""

import queue
import time
from typing import Any

from ministack.core import lambda_runtime as runtime
from ministack.services import lambda_svc

from infra.local.corrections.patching import EngineRecord, replace, require, substitute

_LOG_END = "\x00end-of-invocation"
"""Last line that a worker writes to stderr for an invocation: nothing has to be waited for after it."""

_LOG_END_LINE = _LOG_END + "\n"

_LOG_WAIT_S = 0.25
"""Longest wait for that line; only a worker that died or closed its stderr takes so long."""

_FAILURE_KEY = "nexstock-handler-failure"

_STOCK_INVOCATION = """\
        try:
            result = handler_fn(event, context)
            _real_stdout.write(json.dumps({"status": "ok", "result": result}) + "\\n")
        except Exception as e:
            _real_stdout.write(json.dumps({"status": "error", "error": str(e), \
"trace": traceback.format_exc()}) + "\\n")
"""

# A failure travels as a result, since the engine kills a worker that answers "error".
_INVOCATION = f"""\
        try:
            reply = json.dumps({{"status": "ok", "result": handler_fn(event, context)}})
        except Exception as e:
            frames = traceback.format_list(traceback.extract_tb(e.__traceback__)[1:])
            sys.stderr.write("[ERROR] " + "".join(traceback.format_exception_only(type(e), e)).strip() + "\\n")
            sys.stderr.write("Traceback (most recent call last):\\n" + "".join(frames))
            failure = {{"errorMessage": str(e), "errorType": type(e).__name__, "stackTrace": frames}}
            reply = json.dumps({{"status": "ok", "result": {{"{_FAILURE_KEY}": failure}}}})
        sys.stderr.write({_LOG_END_LINE!r})
        sys.stderr.flush()
        _real_stdout.write(reply + "\\n")
"""

_STOCK_PATH = "    # After sys.path is complete"

_PATH = """\
    sys.path.remove(code_dir)
    sys.path.insert(0, code_dir)
    # After sys.path is complete"""


def _collect_log(worker: Any, *_stock_waits: float) -> str:  # noqa: ANN401 - the engine is untyped
    """Return the log lines of the invocation that just ended, without waiting for more."""
    lines: list[str] = []
    deadline = time.monotonic() + _LOG_WAIT_S
    while (left := deadline - time.monotonic()) > 0:
        try:
            line: str = worker._stderr_queue.get(timeout=left)
        except queue.Empty:
            break
        if line.endswith(_LOG_END):
            # A handler may have left its last line without a newline.
            lines.extend(filter(None, [line.removesuffix(_LOG_END)]))
            break
        lines.append(line)
    return "\n".join(lines)


def apply() -> None:
    """Correct the worker's script and the shape of a failed invocation."""
    require(runtime.Worker, "invoke")
    script = substitute(runtime._PYTHON_WORKER_SCRIPT, _STOCK_INVOCATION, _INVOCATION, where="the Python worker")
    script = substitute(script, _STOCK_PATH, _PATH, where="the Python worker")
    replace(runtime, "_PYTHON_WORKER_SCRIPT", script)
    replace(runtime.Worker, "_drain_stderr_bounded", _collect_log)

    def execute(function: EngineRecord, event: object, request_id: str) -> EngineRecord:
        outcome: EngineRecord = stock_execute(function, event, request_id)
        body = outcome.get("body")
        if isinstance(body, dict) and _FAILURE_KEY in body:
            payload = {**body[_FAILURE_KEY], "requestId": request_id}
            return {**outcome, "body": payload, "error": True, "function_error": "Unhandled"}
        return outcome

    def initialize(worker: Any, name: str, config: EngineRecord, code: bytes) -> None:  # noqa: ANN401
        if log_group := (config.get("LoggingConfig") or {}).get("LogGroup"):
            environment = config.get("Environment") or {}
            variables = {**(environment.get("Variables") or {}), "AWS_LAMBDA_LOG_GROUP_NAME": log_group}
            config = {**config, "Environment": {**environment, "Variables": variables}}
        stock_initialize(worker, name, config, code)

    stock_initialize = replace(runtime.Worker, "__init__", initialize)
    stock_execute = replace(lambda_svc, "_execute_function_warm", execute)
