"""The front door of the local platform: NexStock's API and its mailbox, beside the AWS endpoint.

An ASGI application around the engine's. It gives the deployed API one stable
address: `/v1/...` and `/.well-known/...` reach the API's only stage whatever its
id, over restarts and deployments. `GET /_nexstock/mailbox` shows the mails that
the platform sent. Every other path is the AWS endpoint's.

The source address that the API sees is the connection's own, never a header's:
on AWS, `$context.identity.sourceIp` is "the source IP address of the immediate
TCP connection" ("Variables for access logging for API Gateway").
"""

import asyncio
import json
import os
import signal
import threading
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app as engine
from ministack.core import lambda_runtime
from ministack.services import apigateway_v1 as apigw
from ministack.services import ses

from infra.local.corrections import apply_all
from infra.local.corrections.api_gateway_requests import App, Receive, Scope, Send, SentHeaders
from infra.local.corrections.patching import EngineRecord

_KEEP_ALIVE_S = 75
_SHUTDOWN_S = 5
_LAST_THREADS_S = 3
_API_ROOT = "/v1"
_API_PREFIXES = ("/v1/", "/.well-known/")
_MAILBOX = "/_nexstock/mailbox"
_SAM_EXTRA_STAGE = "Stage"
"""A stage that SAM deploys beside the one that the template names."""


@dataclass(frozen=True)
class FrontDoor:
    """ASGI middleware; `api_name` is the name of the REST API that it leads to."""

    app: App
    api_name: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it to the engine."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == _MAILBOX and scope["method"] == "GET":
            await _answer(send, HTTPStatus.OK, "application/json", mailbox())
        elif scope["path"] == _API_ROOT or scope["path"].startswith(_API_PREFIXES):
            await self._pass_to_api(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _pass_to_api(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = find_api(self.api_name)
        if address is None:
            problem = _not_deployed(self.api_name)
            await _answer(send, HTTPStatus.SERVICE_UNAVAILABLE, "application/problem+json", problem)
            return
        prefix = address.encode()
        # The engine also routes by host name; a client's Host header must not lead anywhere else.
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"host"]
        inner = {
            **scope,
            "path": address + scope["path"],
            "raw_path": prefix + scope.get("raw_path", scope["path"].encode()),
            "headers": [(b"host", b"127.0.0.1"), *headers],
        }
        await self.app(inner, receive, send)


def run(address: str, *, api_name: str, cache_directory: Path) -> None:
    """Correct the engine and serve it at `host:port` until SIGTERM or SIGINT; its state is saved at the end.

    Raises:
        CorrectionError: the installed engine is not the one that the corrections were written for.
    """
    apply_all(cache_directory)
    asyncio.run(_serve(address, api_name))


async def _serve(address: str, api_name: str) -> None:
    config = Config()
    config.bind = [address]
    config.keep_alive_timeout = _KEEP_ALIVE_S
    config.graceful_timeout = _SHUTDOWN_S
    config.h11_pass_raw_headers = True
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    application = SentHeaders(FrontDoor(engine, api_name=api_name))
    try:
        await serve(application, config, shutdown_trigger=stopping.wait)
    finally:
        # Functions run in processes of their own; one that hangs would hold up the end of this one.
        lambda_runtime.reset()
        # So would the thread of a deployment that still waits for a function. State is saved by now.
        watchdog = threading.Timer(_LAST_THREADS_S, os._exit, args=(0,))
        watchdog.daemon = True
        watchdog.start()


def find_api(name: str) -> str | None:
    """Return the engine's path prefix of the REST API with this name, or None while it has no stage."""
    for (_account, _region, api_id), api in apigw._rest_apis.all_items():  # noqa: SLF001 (the engine's own store)
        if api["name"] != name:
            continue
        stages = [stage for stage in apigw.stages_for_api(api_id) if stage != _SAM_EXTRA_STAGE]
        if stages:
            return f"/restapis/{api_id}/{stages[0]}/_user_request_"
    return None


def mailbox() -> list[EngineRecord]:
    """Return the captured mails, the newest last: `{to, from, subject, text, html, at}`."""
    sent: list[EngineRecord] = []
    for (_account, *_region, key), records in ses._sent_emails.to_dict().items():  # noqa: SLF001 (the engine's own store)
        if key == "entries":
            sent.extend(records)
    sent.sort(key=lambda mail: str(mail["Timestamp"]))
    return [
        {
            "to": [*mail.get("To", []), *mail.get("CC", []), *mail.get("BCC", [])],
            "from": mail["Source"],
            "subject": mail.get("RenderedSubject") or mail.get("Subject", ""),
            "text": mail.get("RenderedBodyText") or mail.get("BodyText", ""),
            "html": mail.get("RenderedBodyHtml") or mail.get("BodyHtml"),
            "at": mail["Timestamp"],
        }
        for mail in sent
    ]


def _not_deployed(api_name: str) -> EngineRecord:
    return {
        "type": "about:blank",
        "title": "Not deployed",
        "status": HTTPStatus.SERVICE_UNAVAILABLE.value,
        "detail": f"No REST API named {api_name!r} is deployed here yet.",
        "instance": f"urn:request:{uuid.uuid4()}",
    }


async def _answer(send: Send, status: HTTPStatus, media_type: str, document: object) -> None:
    body = json.dumps(document).encode()
    headers = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
