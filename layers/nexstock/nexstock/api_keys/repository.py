"""API keys in DynamoDB: metadata in `Tenants`, the verifier in `Identity`, always written together."""

from pynamodb.attributes import UnicodeAttribute

from nexstock.api_keys.model import ApiKey
from nexstock.api_keys.verifiers import VerifierItem, verifier_item
from nexstock.auth.permissions import Scope
from nexstock.ids import ApiKeyId, UserId
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, InstantAttribute
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
    # Not the table's TTL attribute: a key that has ended stays in the list until it is revoked.
    ends_at = InstantAttribute(attr_name="endsAt", null=True)


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
        verifier.ends_at = api_key.expires_at
        self._tenant.transaction.put(verifier, condition=VerifierItem.pk.does_not_exist(), refusal=changed_meanwhile)

    def revoke(self, api_key: ApiKey) -> None:
        """Stage the end of a key; from the commit on the next request with it is refused."""
        self.replace(api_key)
        self._tenant.transaction.delete(
            verifier_item(api_key.id),
            condition=VerifierItem.organization == self._tenant.organization_id,
            refusal=changed_meanwhile,
        )

    def _to_item(self, entity: ApiKey) -> ApiKeyItem:
        return ApiKeyItem(
            name=entity.name,
            scope=entity.scope.value,
            prefix=entity.prefix,
            created_by=entity.created_by,
            ends_at=entity.expires_at,
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
            expires_at=item.ends_at,
        )
