"""The drill of docs/runbooks/restore.md, over HTTP: people's table and the keys' table are lost, products are spoilt.

A platform of its own is started, deployed and stopped again. Whatever was ended between the moment and the loss has to
stay dead; whatever was there at the moment has to be there.
"""

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyotp

from infra.local.platform.customer import Customer, SignedIn, code_in, eventually, expect, new_password
from infra.local.platform.deployment import client
from infra.local.platform.faults import hold
from infra.local.platform.progress import step
from infra.local.platform.stack import Platform
from infra.restore.__main__ import restore
from infra.restore.tables import DynamoTable
from nexstock.clock import utc_now
from tests.support.engines import free_port

TITLE: Final = "a restore: what was ended stays dead, what was there is back"

_LOST: Final = ("identity", "keys")
_RESTORED: Final = ("keys", "tenants", "identity")
"""Keys first, because what is sealed opens with them; people last, who are compared with what organizations say."""

_PERSON: Final = {"name": "Ada Quay", "email": "ada.quay@customers.example"}


def measure() -> Iterator[str]:
    """Drill, and say how long the restore itself took."""
    with tempfile.TemporaryDirectory() as state:
        platform = Platform(port=free_port(), state_dir=Path(state))
        with platform as running, Customer(running) as customer:
            drill = Drill(customer, client(platform.endpoint, "dynamodb"))
            with step("an organization works, and a moment passes"):
                drill.work()
                moment = drill.moment()
            with step("credentials end, a customer is erased, products are spoilt"):
                drill.go_on()
            with step("two tables lose all that they had"):
                drill.lose()
            began = time.monotonic()
            with step("three tables come back as they were at the moment"):
                reports = [f"{table}: {line}" for table in _RESTORED for line in drill.restore(table, moment)]
            took_s = time.monotonic() - began
            for statement in (drill.keys_and_sessions, drill.people_and_codes, drill.data, drill.audit_log):
                with step((statement.__doc__ or "").partition(".")[0]):
                    statement()
    yield from reports
    yield f"restored in {took_s:.1f} s"


class Drill:
    """One organization before, during and after the loss."""

    def __init__(self, customer: Customer, dynamodb: Any) -> None:  # noqa: ANN401 (a boto3 client)
        self._customer = customer
        self._http = customer.http
        self._dynamodb = dynamodb
        self._password = new_password()
        self._email = f"{secrets.token_hex(8)}@customers.example"

    def work(self) -> None:
        """Make whatever is to be there, and whatever is to be ended."""
        expect(self._customer.register(self._email, self._password), 202)
        expect(self._customer.verify(self._email), 204)
        self._owner = self._customer.sign_in(self._email, self._password)
        self._guest_email, self._guest_password = f"{secrets.token_hex(8)}@customers.example", new_password()
        token = self._customer.invited(self._owner, self._guest_email)
        body = {"token": token, "name": "Grace Quay", "password": self._guest_password}
        self._guest = expect(self._http.post("/v1/invitations/accept", json=body), 200).json()["userId"]
        self._kept, self._revoked = self._key(), self._key()
        self._renamed, self._deleted = self._product("As it was"), self._product("Deleted since")
        self._known, self._erased = (self._made("/v1/customers", _PERSON) for _ in range(2))
        begun = expect(self._http.post("/v1/account/mfa/totp", headers=self._owner.headers), 200).json()
        self._app = pyotp.TOTP(begun["secret"])
        confirmed = self._http.post(
            "/v1/account/mfa/totp/confirm", json={"code": self._app.now()}, headers=self._owner.headers
        )
        self._recovery_codes = expect(confirmed, 200).json()["recoveryCodes"]
        # Ends other sessions only, but a fresh one is the one that the drill is about.
        self._owner = self._signed_in(self._password, self._recovery_codes[0])
        self._reset_code = self._mailed_after(self._forgot)

    def moment(self) -> datetime:
        """Let a moment pass, with nothing done around it, and return it."""
        time.sleep(1)
        moment = utc_now()
        time.sleep(1)
        return moment

    def go_on(self) -> None:
        """End what is to be ended, and spoil what is to be as it was."""
        headers = self._owner.headers
        expect(self._http.delete(f"/v1/api-keys/{self._revoked['id']}", headers=headers), 204)
        expect(self._http.delete(f"/v1/members/{self._guest}", headers=headers), 204)
        expect(self._http.post(f"{self._erased}/erase", headers=headers), 200)
        expect(self._http.patch(self._renamed, json={"name": "Spoilt"}, headers=headers), 200)
        expect(self._http.delete(self._deleted, headers=headers), 204)
        self._made_since = self._product("Made since")
        self._signed_in(self._password, self._recovery_codes[1])
        wanted = {"api_key.revoked", "member.deleted", "customer.erased", "product.updated", "product.deleted"}
        eventually(lambda: wanted <= {entry["action"] for entry in self._entries(self._owner)})
        # The new password ends the owner's session, so it is the last thing that is done with it.
        body = {"email": self._email, "code": self._reset_code, "newPassword": new_password()}
        expect(self._http.post("/v1/auth/password/reset", json=body), 204)

    def lose(self) -> None:
        """Have tables lose every item, as a mistake or somebody with the rights would."""
        for name in _LOST:
            table = DynamoTable(self._dynamodb, f"nexstock-local-{name}")
            for item in list(table.items()):
                table.delete(item)

    def restore(self, table: str, moment: datetime) -> list[str]:
        """Restore one table, and return what the command says."""
        return restore("local", table, moment, self._dynamodb).lines()

    def keys_and_sessions(self) -> None:
        """A key from before works, a revoked one does not, and sessions have ended."""
        expect(self._http.get("/v1/products", headers={"X-API-Key": self._kept["key"]}), 200)
        expect(self._http.get("/v1/products", headers={"X-API-Key": self._revoked["key"]}), 401)
        expect(self._http.get("/v1/products", headers=self._owner.headers), 401)
        spent = {"refreshToken": self._owner.refresh_token}
        expect(self._http.post("/v1/auth/refresh", json=spent), 401)

    def people_and_codes(self) -> None:
        """A removed member stays out, and neither passwords nor spent codes from before let anybody in."""
        for email, password in ((self._guest_email, self._guest_password), (self._email, self._password)):
            body = {"email": email, "password": password}
            expect(self._http.post("/v1/auth/login", json=body), 401)
        body = {"email": self._email, "code": self._reset_code, "newPassword": new_password()}
        expect(self._http.post("/v1/auth/password/reset", json=body), 422)
        fresh = self._mailed_after(self._forgot)
        self._password = new_password()
        body = {"email": self._email, "code": fresh, "newPassword": self._password}
        expect(self._http.post("/v1/auth/password/reset", json=body), 204)
        for spent in self._recovery_codes[:2]:
            told = expect(self._http.post("/v1/auth/login", json=self._login(self._password)), 200).json()
            answer = self._http.post("/v1/auth/login/mfa", json={"mfaToken": told["mfaToken"], "code": spent})
            expect(answer, 401)
        # The authenticator app is the second factor still; its seed opens with the keys that came back.
        self._owner = self._signed_in(self._password, self._app.at(int(time.time()) + 30))

    def data(self) -> None:
        """What was changed or deleted is as it was, what was made since is gone, and an erased customer is nameless."""
        headers = self._owner.headers
        for place, name in ((self._renamed, "As it was"), (self._deleted, "Deleted since")):
            hold(expect(self._http.get(place, headers=headers), 200).json()["name"] == name, f"{name} is not back")
        expect(self._http.get(self._made_since, headers=headers), 404)
        hold(expect(self._http.get(self._known, headers=headers), 200).json()["name"] == _PERSON["name"], "a lost key")
        nameless = expect(self._http.get(self._erased, headers=headers), 200).json()
        hold(nameless["name"] is None, "an erased customer is known again")

    def audit_log(self) -> None:
        """The audit log says what the restore did, and is whole."""

        def done() -> set[str]:
            return {entry["action"] for entry in self._entries(self._owner) if entry["actor"]["id"] == "restore"}

        eventually(lambda: {"product.updated", "product.restored"} <= done())
        told = self._http.get("/v1/audit-logs/verification", headers=self._owner.headers)
        hold(expect(told, 200).json()["intact"] is True, "the audit log is broken")

    def _key(self) -> dict[str, Any]:
        body = {"name": "Drill", "scope": "read"}
        made: dict[str, Any] = expect(
            self._http.post("/v1/api-keys", headers=self._owner.headers, json=body), 201
        ).json()
        return made

    def _product(self, name: str) -> str:
        return self._made("/v1/products", {"sku": secrets.token_hex(4), "name": name})

    def _made(self, path: str, body: dict[str, str]) -> str:
        return str(expect(self._http.post(path, headers=self._owner.headers, json=body), 201).headers["location"])

    def _login(self, password: str) -> dict[str, str]:
        return {"email": self._email, "password": password, "refreshTokenDelivery": "body"}

    def _signed_in(self, password: str, code: str) -> SignedIn:
        asked = expect(self._http.post("/v1/auth/login", json=self._login(password)), 200).json()
        body = {"mfaToken": asked["mfaToken"], "code": code, "refreshTokenDelivery": "body"}
        told = expect(self._http.post("/v1/auth/login/mfa", json=body), 200).json()
        return SignedIn(self._email, told["organizationId"], told["accessToken"], told["refreshToken"])

    def _forgot(self) -> None:
        expect(self._http.post("/v1/auth/password/forgot", json={"email": self._email}), 202)

    def _mailed_after(self, ask: Callable[[], None]) -> str:
        before = len(self._customer.mails_to(self._email))
        ask()
        codes = eventually(lambda: list(filter(None, map(code_in, self._customer.mails_to(self._email)[before:]))))
        return codes[-1]

    def _entries(self, owner: SignedIn) -> list[dict[str, Any]]:
        answer = self._http.get("/v1/audit-logs", headers=owner.headers, params={"limit": "100"})
        found: list[dict[str, Any]] = expect(answer, 200).json()["items"]
        return found
