"""Journeys of the functions that keep one kind of resource, which are alike for every kind."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.events import Json
from tests.support.journeys.world import Visit, World


@dataclass(frozen=True)
class ResourceJourneys:
    """The six journeys of a kind.

    Args:
        path: where its list is.
        variable: the name of the id in a path.
        body: makes the body of a new one, every text a canary.
        patch: makes a patch.
        missing: a well-formed id that nothing has.
        unique: the field that no other may have, if there is one.
        filters: makes the queries that the list is read with, from a resource that is there.
        sealed: whether it holds personal data, whose keys a function may have to make or to open.
    """

    path: str
    variable: str
    body: Callable[[World], Json]
    patch: Callable[[World], Json]
    missing: str
    unique: str | None = None
    filters: Callable[[Json], list[dict[str, str]]] = lambda _made: []
    sealed: bool = False

    def create(self, visit: Visit) -> None:
        """A new one, the same once more, a value that is taken, and a body that is not valid."""
        world = visit.world
        body, key = self.body(world), {"Idempotency-Key": world.canary("idempotency key")}
        visit.request(201, by="member", body=body, headers=key)
        visit.request(201, by="member", body=body, headers=key)
        visit.request(409 if self.unique else 201, by="owner", body=body)
        visit.request(422, by="member", body={**body, "name": world.canary("other name")}, headers=key)
        # A refusal looks for the first answer to its key.
        unknown = {world.canary("unknown field"): world.canary("value")}
        visit.request(422, by="owner", body={**body, **unknown}, headers=key)
        visit.request(403, by="read_key", body=self.body(world))
        if self.sealed:
            other, _made = world.elsewhere(self.path, self.body(world))
            visit.request(201, context=visit.context_of_token(other.owner.token), body=self.body(world), headers=key)

    def get(self, visit: Visit) -> None:
        """One that is there, twice, one that is not, and a request that the authorizer did not let in."""
        path = self._path(visit)
        visit.request(200, by="read_key", path=path)
        visit.request(200, by="read_key", path=path)
        visit.request(404, by="member", path={self.variable: self.missing})
        visit.request(404, by="member", path={self.variable: visit.world.canary("id")})
        visit.request(401, path=path)

    def list(self, visit: Visit) -> None:
        """Two pages, every filter, and a cursor that is none."""
        made = [visit.world.made(self.path, self.body(visit.world)).json for _ in range(2)]
        first = visit.request(200, by="member", query={"limit": "1"})
        visit.request(200, by="member", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})
        for query in self.filters(made[0]):
            found = visit.request(200, by="member", query=query)
            assert made[0]["id"] in {item["id"] for item in found.json["items"]}, query
        visit.request(400, by="member", query={"cursor": visit.world.canary("cursor")})

    def update(self, visit: Visit) -> None:
        """A patch, the same once more, a new value and a taken one of what is unique, an old version, and nothing."""
        world = visit.world
        taken = world.made(self.path, self.body(world)).json
        path, key = self._path(visit), {"Idempotency-Key": world.canary("idempotency key")}
        patch = self.patch(world)
        visit.request(200, by="member", path=path, body=patch, headers=key)
        visit.request(200, by="member", path=path, body=patch, headers=key)
        if self.unique:
            visit.request(200, by="member", path=path, body={self.unique: world.canary(self.unique)})
            visit.request(409, by="member", path=path, body={self.unique: taken[self.unique]})
        visit.request(412, by="member", path=path, body={}, headers={"If-Match": '"1"', "Idempotency-Key": "another"})
        visit.request(404, by="member", path={self.variable: self.missing}, body={})
        if self.sealed:
            self._ask_elsewhere(visit, patch)

    def delete(self, visit: Visit) -> None:
        """One that is there, the same once more, with and without the first answer's key."""
        path, key = self._path(visit), {"Idempotency-Key": visit.world.canary("idempotency key")}
        visit.request(204, by="member", path=path, headers=key)
        visit.request(204, by="member", path=path, headers=key)
        visit.request(404, by="member", path=path)

    def restore(self, visit: Visit) -> None:
        """One that is deleted, the same once more, one whose unique value was given away, and one that never was."""
        world, body = visit.world, self.body(visit.world)
        path = {self.variable: world.made(self.path, body).json["id"]}
        world.removed(f"{self.path}/{path[self.variable]}")
        key = {"Idempotency-Key": world.canary("idempotency key")}
        visit.request(200, by="member", path=path, headers=key)
        visit.request(200, by="member", path=path, headers=key)
        if self.unique:
            world.removed(f"{self.path}/{path[self.variable]}")
            world.made(self.path, body)
            visit.request(409, by="member", path=path)
        nobodys = {self.variable: self.missing}
        visit.request(404, by="member", path=nobodys, headers={"Idempotency-Key": "another"})
        if self.sealed:
            self._ask_elsewhere(visit)

    def _ask_elsewhere(self, visit: Visit, body: Json | None = None) -> None:
        other, made = visit.world.elsewhere(self.path, self.body(visit.world))
        key = {"Idempotency-Key": visit.world.canary("idempotency key")}
        context = visit.context_of_token(other.owner.token)
        visit.request(200, context=context, path={self.variable: made.json["id"]}, body=body, headers=key)

    def _path(self, visit: Visit) -> dict[str, str]:
        return {self.variable: visit.world.made(self.path, self.body(visit.world)).json["id"]}
