"""The API as the demo uses it: each write once, however often it is sent, and as fast as the platform lets it."""

import time
from http import HTTPStatus
from typing import Any, Final

import httpx

from infra.local.demo.journal import REFUSED, Journal
from infra.local.platform.faults import PlatformFault

_TRIES: Final = 60
_LONGEST_PAUSE_S: Final = 30.0
_PASSING: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class DemoApi:
    """Sends requests with one API key.

    Args:
        base_url: where the API is, without `/v1`.
        api_key: of the organization that is filled; its scope has to be `write` or `admin`.
        transport: how requests get there, where it is not over the network.
    """

    def __init__(self, base_url: str, api_key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"X-API-Key": api_key}
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=60, trust_env=False, transport=transport)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def read(self, path: str) -> Any:  # noqa: ANN401 (any JSON value)
        """Return what a path shows.

        Raises:
            PlatformFault: it was refused.
        """
        answer = self._sent("GET", path, None, {})
        if answer.status_code != HTTPStatus.OK:
            raise PlatformFault(_told(answer))
        return answer.json()

    def write(self, journal: Journal, key: str, path: str, body: Any) -> str:  # noqa: ANN401 (any JSON value)
        """Send a write once, and return the id that it was answered with, or `REFUSED`.

        It is refused where the state of things is in its way (409): stock that is not there, a step that came too late.

        Raises:
            PlatformFault: it was refused for another reason.
        """
        if (known := journal.find(key)) is not None:
            return known
        answer = self._sent("POST", path, body, {"Idempotency-Key": key})
        if answer.status_code == HTTPStatus.CONFLICT:
            identifier = REFUSED
        elif answer.is_success:
            identifier = str(answer.json()["id"])
        else:
            raise PlatformFault(_told(answer))
        journal.note(key, identifier)
        return identifier

    def _sent(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:  # noqa: ANN401
        pause_s = 0.5
        for _ in range(_TRIES):
            try:
                answer = self._http.request(method, path, json=body, headers=headers)
            except httpx.TransportError:
                # Whether it was carried out is not known; the idempotency key makes it once.
                time.sleep(pause_s)
            else:
                if answer.status_code not in _PASSING:
                    return answer
                time.sleep(float(answer.headers.get("Retry-After", pause_s)))
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        raise PlatformFault(f"{method} {path} was not answered in {_TRIES} tries")


def _told(answer: httpx.Response) -> str:
    request = answer.request
    return f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:300]}"
