"""API keys in DynamoDB: metadata in `Tenants`, the verifier in `Identity`, always written together."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from nexstock.api_keys.model import ApiKey
from nexstock.api_keys.verifiers import VerifierItem, verifier_item
from nexstock.auth.permissions import Scope
from nexstock.ids import ApiKeyId, UserId
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, InstantAttribute, text_list
from nexstock.persistence.tenant_items import TenantItem, TenantRepository, changed_meanwhile


class ApiKeyItem(TenantItem):
    """A key's metadata as stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    name = UnicodeAttribute()
    scope = UnicodeAttribute()
    prefix = UnicodeAttribute()
    created_by = UnicodeAttribute(attr_name="createdBy")
    enabled = BooleanAttribute()
    resources = text_list(null=True)
    allowed_ips = text_list("allowedIps", null=True)
    # Not the table's TTL attribute: a key that has ended stays in the list until it is revoked.
    ends_at = InstantAttribute(attr_name="endsAt", null=True)
    rotated_at = InstantAttribute(attr_name="rotatedAt", null=True)
    previous_ends_at = InstantAttribute(attr_name="previousEndsAt", null=True)


class ApiKeyRepository(TenantRepository[ApiKey, ApiKeyItem]):
    """API keys of exactly one organization."""

    kind = Kind.API_KEY
    prefix = "key"
    item_type = ApiKeyItem

    def add_with_verifier(self, api_key: ApiKey, digest: bytes) -> None:
        """Stage a new key: what lists show, and what proves it."""
        self.add(api_key)
        verifier = verifier_item(api_key.id)
        verifier.digest = digest
        verifier.organization = self._tenant.organization_id
        verifier.name = api_key.name
        verifier.scope_name = api_key.scope.value
        verifier.creator = api_key.created_by
        verifier.enabled = api_key.enabled
        verifier.resource_names = _listed(api_key.resources)
        verifier.networks = _listed(api_key.allowed_ips)
        verifier.ends_at = api_key.expires_at
        self._tenant.transaction.put(verifier, condition=VerifierItem.pk.does_not_exist(), refusal=changed_meanwhile)

    def change(self, api_key: ApiKey) -> None:
        """Stage the next version of a key; from the commit on it counts for the next request."""
        self.replace(api_key)
        self._update_verifier(
            api_key,
            _assigned(VerifierItem.name, api_key.name),
            _assigned(VerifierItem.enabled, api_key.enabled),
            _assigned(VerifierItem.resource_names, _listed(api_key.resources)),
            _assigned(VerifierItem.networks, _listed(api_key.allowed_ips)),
            _assigned(VerifierItem.ends_at, api_key.expires_at),
        )

    def rotate(self, api_key: ApiKey, digest: bytes) -> None:
        """Stage a new text of a key; what was its text becomes the one that has a grace."""
        self.replace(api_key)
        self._update_verifier(
            api_key,
            # An update reads all that it copies before it writes anything, so the order does not matter.
            VerifierItem.previous_digest.set(VerifierItem.digest),
            _assigned(VerifierItem.previous_ends_at, api_key.previous_expires_at),
            VerifierItem.digest.set(digest),
        )

    def revoke(self, api_key: ApiKey) -> None:
        """Stage the end of a key; from the commit on the next request with it is refused."""
        self.replace(api_key)
        self._tenant.transaction.delete(
            verifier_item(api_key.id),
            condition=VerifierItem.organization == self._tenant.organization_id,
            refusal=changed_meanwhile,
        )

    def _update_verifier(self, api_key: ApiKey, *changes: Action) -> None:
        self._tenant.transaction.update(
            verifier_item(api_key.id),
            list(changes),
            condition=VerifierItem.organization == self._tenant.organization_id,
            refusal=changed_meanwhile,
        )

    def _to_item(self, entity: ApiKey) -> ApiKeyItem:
        return ApiKeyItem(
            name=entity.name,
            scope=entity.scope.value,
            prefix=entity.prefix,
            created_by=entity.created_by,
            enabled=entity.enabled,
            resources=_listed(entity.resources),
            allowed_ips=_listed(entity.allowed_ips),
            ends_at=entity.expires_at,
            rotated_at=entity.rotated_at,
            previous_ends_at=entity.previous_expires_at,
        )

    def _to_entity(self, item: ApiKeyItem) -> ApiKey:
        return ApiKey(
            id=ApiKeyId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            name=item.name,
            scope=Scope(item.scope),
            prefix=item.prefix,
            created_by=UserId(item.created_by),
            enabled=item.enabled,
            resources=None if item.resources is None else tuple(item.resources),
            allowed_ips=None if item.allowed_ips is None else tuple(item.allowed_ips),
            expires_at=item.ends_at,
            rotated_at=item.rotated_at,
            previous_expires_at=item.previous_ends_at,
        )


def _listed(texts: tuple[str, ...] | None) -> list[str] | None:
    return None if texts is None else list(texts)


def _assigned(attribute: Any, value: object) -> Action:  # noqa: ANN401 (PynamoDB's attributes have no common type)
    action: Action = attribute.remove() if value is None else attribute.set(value)
    return action
