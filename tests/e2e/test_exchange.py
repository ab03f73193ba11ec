"""Tables in and out over HTTP, through the deployed queues, bucket and links."""

import csv
import io
import time
import zipfile
from typing import Any, Final

import httpx

from infra.local.platform.customer import Customer

_LIMIT_S: Final = 60.0
_CSV: Final = {"Content-Type": "text/csv"}


def _table(count: int) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["sku", "name"], *([f"SKU-{number}", f"=Bolt {number}"] for number in range(count))])
    return text.getvalue()


def _ended(client: Customer, headers: dict[str, str], import_id: str) -> dict[str, Any]:
    ends_at = time.monotonic() + _LIMIT_S
    while time.monotonic() < ends_at:
        shown: dict[str, Any] = client.http.get(f"/v1/imports/{import_id}", headers=headers).json()
        if shown["status"] in {"done", "failed", "cancelled"}:
            return shown
        time.sleep(0.2)
    message = "the import did not end"
    raise TimeoutError(message)


def _ready(client: Customer, headers: dict[str, str], path: str) -> dict[str, Any]:
    ends_at = time.monotonic() + _LIMIT_S
    while time.monotonic() < ends_at:
        answer = client.http.get(path, headers=headers)
        if answer.status_code == 200:
            found: dict[str, Any] = answer.json()
            return found
        assert answer.status_code == 202
        time.sleep(min(float(answer.headers["retry-after"]), 2.5))
    message = "the export was not made"
    raise TimeoutError(message)


def test_table_comes_in_both_ways_and_goes_out_as_it_came(client: Customer) -> None:
    owner = client.new_owner()
    table = _table(150)
    posted = client.http.post(
        "/v1/products/import?dryRun=true", headers={**owner.headers, **_CSV}, content=table.encode()
    )
    assert posted.status_code == 202
    assert _ended(client, owner.headers, posted.json()["id"])["created"] == 150
    assert client.http.get("/v1/products", headers=owner.headers).json()["items"] == []

    made = client.http.post("/v1/imports", headers=owner.headers, json={"kind": "products"}).json()
    form = made["upload"]
    file = {"file": ("products.csv", table.encode(), "text/csv")}
    assert httpx.post(form["url"], data=form["fields"], files=file).status_code == 204
    assert client.http.post(f"/v1/imports/{made['id']}/start", headers=owner.headers).status_code == 202
    done = _ended(client, owner.headers, made["id"])
    assert (done["status"], done["created"], done["failed"]) == ("done", 150, 0)

    exported = client.http.get("/v1/products/export", headers=owner.headers)
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    again = client.http.post("/v1/products/import", headers={**owner.headers, **_CSV}, content=exported.content)
    assert _ended(client, owner.headers, again.json()["id"])["unchanged"] == 150


def test_everything_leaves_as_an_archive_by_a_link(client: Customer) -> None:
    owner = client.new_owner()
    client.http.post("/v1/products", headers=owner.headers, json={"sku": "LAMP", "name": "Lamp"})

    ready = _ready(client, owner.headers, "/v1/organization/export")

    archive = zipfile.ZipFile(io.BytesIO(httpx.get(ready["url"]).content))
    assert archive.testzip() is None
    assert b'"sku":"LAMP"' in archive.read("products.jsonl")
    assert {"organization.jsonl", "members.csv", "audit_log.jsonl", "manifest.json"} <= set(archive.namelist())
