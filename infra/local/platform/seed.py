"""The demo organization: made through the public API, found again after a restart."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import httpx

from infra.local.platform.customer import Customer, SignedIn, code_in, eventually, expect, new_password
from infra.local.platform.paths import PLATFORM_FILE
from infra.local.platform.stack import RunningPlatform

EMAIL: Final = "demo@nexstock.example"
_PRODUCTS: Final = (
    {"sku": "CHAIR-OAK", "name": "Oak chair", "price": {"amount": 12900, "currency": "USD"}, "category": "Seating"},
    {"sku": "TABLE-OAK", "name": "Oak table", "price": {"amount": 48900, "currency": "USD"}, "category": "Tables"},
    {"sku": "LAMP-BRASS", "name": "Brass lamp", "price": {"amount": 7900, "currency": "USD"}, "reorderPoint": 5},
    {"sku": "OIL-LINSEED", "name": "Linseed oil", "unit": "liter", "reorderPoint": 2.5, "reorderQuantity": 20},
)


@dataclass(frozen=True)
class Demo:
    """What a person needs to try the API."""

    email: str
    password: str = field(repr=False)
    organization_id: str
    api_key: str = field(repr=False)


def seed(platform: RunningPlatform) -> Demo:
    """Return the demo organization, made anew only where the state of an earlier start is gone.

    Raises:
        PlatformFault: the API refused a step.
    """
    with Customer(platform) as customer:
        demo = _known(customer) or _new(customer)
    _remember(platform, demo)
    return demo


def _known(customer: Customer) -> Demo | None:
    try:
        stored = json.loads(PLATFORM_FILE.read_text())["demo"]
        demo = Demo(stored["email"], stored["password"], stored["organizationId"], stored["apiKey"])
    except (OSError, ValueError, KeyError):
        return None
    answer = customer.http.get("/v1/products", headers={"X-API-Key": demo.api_key})
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return None
    expect(answer, 200)
    return demo


def _new(customer: Customer) -> Demo:
    # The address is taken where an earlier start ended before its password was written down.
    for email in (EMAIL, f"demo-{secrets.token_hex(3)}@nexstock.example"):
        password = new_password()
        if _register(customer, email, password):
            break
    owner = customer.sign_in(email, password)
    for product in _PRODUCTS:
        expect(customer.http.post("/v1/products", headers=owner.headers, json=product), 201)
    return Demo(email, password, owner.organization_id, _api_key(customer, owner))


def _register(customer: Customer, email: str, password: str) -> bool:
    """Register and verify an address; tell whether it was free."""
    seen = len(customer.mails_to(email))
    expect(customer.register(email, password, "Demo Furniture"), 202)
    code = code_in(eventually(lambda: customer.mails_to(email)[seen:])[-1])
    if code is None:
        return False
    expect(customer.http.post("/v1/auth/verify-email", json={"email": email, "code": code}), 204)
    return True


def _api_key(customer: Customer, owner: SignedIn) -> str:
    body = {"name": "Demo", "scope": "admin"}
    key: str = expect(customer.http.post("/v1/api-keys", headers=owner.headers, json=body), 201).json()["key"]
    return key


def _remember(platform: RunningPlatform, demo: Demo) -> None:
    values = asdict(demo)
    content: dict[str, Any] = {
        "apiUrl": platform.api_url,
        "mailboxUrl": platform.mailbox_url,
        "demo": {
            "email": values["email"],
            "password": values["password"],
            "organizationId": values["organization_id"],
            "apiKey": values["api_key"],
        },
    }
    # Only its owner may read the file: there are credentials in it.
    descriptor = os.open(PLATFORM_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=2)
