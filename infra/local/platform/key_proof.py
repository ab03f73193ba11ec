"""Proves the promises about keys over HTTP: an erased customer is gone, and whoever has the receipt can show it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import httpx

from infra.local.platform.customer import expect
from infra.local.platform.faults import hold
from infra.local.platform.paths import ROOT

_PERSON = {"name": "Ada Quay", "email": "ada.quay@customers.example", "phone": "+1 555 0100"}


class KeyProof:
    """Customers of one organization, and the keys that they are sealed under, by one of its people."""

    def __init__(self, http: httpx.Client, headers: Mapping[str, str]) -> None:
        self._http = http
        self._headers = dict(headers)

    def erased_customers_are_gone(self) -> None:
        """Erase a customer, look for what was known of them, and verify the receipt as anybody can, offline."""
        place = expect(self._http.post("/v1/customers", headers=self._headers, json=_PERSON), 201).headers["location"]
        hold(self._shown(place) == _PERSON, "a customer is not what was stored")
        receipt = expect(self._http.post(f"{place}/erase", headers=self._headers), 200).json()
        hold(not any(self._shown(place).values()), "something is still known of an erased customer")
        expect(self._http.patch(place, headers=self._headers, json={"phone": "1"}), 409)
        hold(self._verifies(receipt["document"]), "the receipt does not verify")
        hold(not self._verifies(receipt["document"].replace("cus_", "cus-")), "an altered receipt verifies")

    def _shown(self, place: str) -> dict[str, str | None]:
        customer = expect(self._http.get(place, headers=self._headers), 200).json()
        return {name: customer[name] for name in _PERSON}

    def _verifies(self, document: str) -> bool:
        keys = expect(self._http.get("/v1/audit-logs/checkpoints", headers=self._headers), 200).json()["keys"]
        with tempfile.TemporaryDirectory() as folder:
            receipt = Path(folder, "receipt.txt")
            receipt.write_text(document, encoding="utf-8")
            verified = subprocess.run(
                [sys.executable, "-m", "nexstock_verify", "document", str(receipt), "--key", keys[0]],
                env={**os.environ, "PYTHONPATH": str(ROOT / "layers" / "nexstock")},
                capture_output=True,
                check=False,
                timeout=60,
            )
        return verified.returncode == 0
