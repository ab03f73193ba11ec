"""Rate limits over HTTP: who calls too often waits, and nobody else does."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from infra.local.platform.customer import Customer, loopback_address
from infra.local.platform.stack import RunningPlatform

_MORE_THAN_ALLOWED = 380


def test_an_address_that_calls_too_often_is_told_when_to_come_back(deployed: RunningPlatform, client: Customer) -> None:
    with Customer(deployed, source=loopback_address()) as busy:

        def ask(_number: int) -> httpx.Response:
            return busy.http.post("/v1/auth/refresh", json={"refreshToken": "nonsense"})

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(_MORE_THAN_ALLOWED)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {401, 429}
    assert 0 < len(refused) < _MORE_THAN_ALLOWED
    for answer in refused:
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.headers["ratelimit"].startswith('"auth";r=0')
        assert answer.headers["ratelimit-policy"] == '"auth";q=300;w=60'
        assert answer.json()["code"] == "too_many_requests"
    assert client.http.post("/v1/auth/refresh", json={"refreshToken": "nonsense"}).status_code == 401
