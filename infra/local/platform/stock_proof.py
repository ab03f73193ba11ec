"""Proves the promises about stock over HTTP: it adds up, and nothing is sold that is not there."""

import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx

from infra.local.platform.customer import expect
from infra.local.platform.faults import hold

_LAST: Final = 3
_BUYERS: Final = 8


class StockProof:
    """Stock of one organization, moved by one of its people."""

    def __init__(self, http: httpx.Client, headers: Mapping[str, str]) -> None:
        self._http = http
        self._headers = dict(headers)

    def adds_up(self) -> None:
        """Receive, sell, ship and take back, and compare the level with its movements."""
        product, warehouse = self._stocked(10)
        order = self._order(product, warehouse, 4).json()
        for step in ("fulfil", "return"):
            expect(self._post(f"/v1/orders/{order['id']}/{step}", {}), 200)
        expect(self._post(f"/v1/orders/{order['id']}/cancel", {}), 409)
        (row,) = self._reconciled(product)
        counted = (row["level"]["onHand"], row["level"]["reserved"], row["movements"]["count"])
        hold(row["intact"] and counted == (10, 0, 4), "stock is not what its movements say")

    def last_units_are_sold_once(self) -> None:
        """Let more buyers than there are units order one each at the same moment."""
        product, warehouse = self._stocked(_LAST)
        with ThreadPoolExecutor(_BUYERS) as buyers:
            replies = list(buyers.map(lambda _: self._order(product, warehouse, 1), range(_BUYERS)))
        codes = sorted(reply.status_code for reply in replies)
        (row,) = self._reconciled(product)
        reserved, wanted = row["level"]["reserved"], [201] * _LAST + [409] * (_BUYERS - _LAST)
        is_once = row["intact"] and (codes, reserved) == (wanted, _LAST)
        hold(is_once, f"of {_LAST} units, {reserved} were sold, and buyers got {codes}")

    def _stocked(self, quantity: int) -> tuple[str, str]:
        name = secrets.token_hex(4)
        price = {"amount": 100, "currency": "USD"}
        product = expect(self._post("/v1/products", {"sku": name, "name": name, "price": price}), 201).json()["id"]
        warehouse = expect(self._post("/v1/warehouses", {"code": name, "name": name}), 201).json()["id"]
        body = {"productId": product, "warehouseId": warehouse, "quantity": quantity, "reason": "opening"}
        expect(self._post("/v1/stock/adjustments", body), 201)
        return product, warehouse

    def _order(self, product: str, warehouse: str, quantity: int) -> httpx.Response:
        lines = [{"productId": product, "quantity": quantity}]
        return self._post("/v1/orders", {"warehouseId": warehouse, "lines": lines, "confirm": True})

    def _reconciled(self, product: str) -> list[dict[str, Any]]:
        answer = self._http.get("/v1/stock/reconciliation", headers=self._headers, params={"productId": product})
        rows: list[dict[str, Any]] = expect(answer, 200).json()["items"]
        return rows

    def _post(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        return self._http.post(path, headers=self._headers, json=body)
