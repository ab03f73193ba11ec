"""Connections and links in `Tenants`, claims of verified domains in `Identity`.

A claim lies outside, because at the start of a sign-in nothing but a domain is known; it exists exactly as long as the
domain is verified in its organization, for both are written in one transaction.
"""

from dataclasses import replace
from typing import Final

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition

from nexstock.auth.permissions import Role
from nexstock.crypto.stored_keys import stage_end_of_item_key
from nexstock.errors import NotFound
from nexstock.ids import OrganizationId, UserId
from nexstock.organizations.repository import OrganizationItem
from nexstock.persistence.identity_keys import OWNER, domain_partition
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import TABLES, Item, TextMapAttribute, batch_get, text_list
from nexstock.persistence.tenant_items import TenantItem, TenantRepository, changed_meanwhile
from nexstock.persistence.transaction import RawItem
from nexstock.single_sign_on.errors import DomainTaken, SingleSignOnExists
from nexstock.single_sign_on.model import Domain, Link, SingleSignOn, client_secret_place

LINK_PREFIX: Final = "sln"


class DomainClaimItem(Item):
    """Which organization has verified a domain; one on the whole platform."""

    class Meta:
        """People, and what is known before a person is."""

        table_name = TABLES.identity

    organization_id = UnicodeAttribute(attr_name="organizationId")


class SingleSignOnItem(TenantItem):
    """A connection as stored; `domains` are tokens by name."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    issuer = UnicodeAttribute()
    client_id = UnicodeAttribute(attr_name="clientId")
    sealed_client_secret = BinaryAttribute(attr_name="sealedClientSecret", null=True, legacy_encoding=False)
    domains = TextMapAttribute()
    verified_domains = text_list("verifiedDomains")
    enabled = BooleanAttribute()
    required = BooleanAttribute()
    jit_role = UnicodeAttribute(attr_name="jitRole")


class LinkItem(TenantItem):
    """A link as stored; its sort key is derived from issuer and subject."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    user_id = UnicodeAttribute(attr_name="userId")


class SingleSignOnRepository(TenantRepository[SingleSignOn, SingleSignOnItem]):
    """Exactly one organization's connection."""

    kind = Kind.SINGLE_SIGN_ON
    prefix = "org"
    item_type = SingleSignOnItem

    def own(self) -> SingleSignOn:
        """Return the connection of the organization that this repository is of.

        Raises:
            NotFound: there is none (404).
        """
        return self.get(self._tenant.organization_id)

    def establish(self, connection: SingleSignOn) -> SingleSignOn:
        """Stage a new connection, or one in the place of a deleted one, and return it as it is staged.

        Raises:
            SingleSignOnExists: there is one (409).
        """
        try:
            standing = self.get_even_deleted(connection.id)
        except NotFound:
            self.add(connection)
            return connection
        if standing.deleted_at is None:
            raise SingleSignOnExists
        successor = replace(connection, version=standing.version + 1)
        self.replace(successor)
        return successor

    def end_secret(self) -> None:
        """Stage that the client secret does not open any more, wherever there is a copy of it."""
        stage_end_of_item_key(client_secret_place(self._tenant.organization_id), self._tenant.transaction)

    def claim_domain(self, name: str) -> None:
        """Stage that a domain is this organization's; the commit raises `DomainTaken` where it is another's."""
        claim = DomainClaimItem(domain_partition(name), OWNER, organization_id=self._tenant.organization_id)
        self._tenant.transaction.put(
            claim,
            condition=DomainClaimItem.pk.does_not_exist() | self._is_ours(),
            refusal=_taken,
            decides_first=True,
        )

    def release_domain(self, name: str) -> None:
        """Stage that a domain of this organization is free again."""
        self._tenant.transaction.delete(
            DomainClaimItem(domain_partition(name), OWNER), condition=self._is_ours(), refusal=changed_meanwhile
        )

    def check_unchanged(self, version: int, refusal: Exception) -> None:
        """Stage that the connection is still the one that was read; the commit raises the refusal if not."""
        item = SingleSignOnItem(self._pk, self._tenant.organization_id)
        self._tenant.transaction.check(
            item, condition=SingleSignOnItem.version == version, refusal=lambda _standing: refusal
        )

    def _is_ours(self) -> Condition:
        ours: Condition = DomainClaimItem.organization_id == self._tenant.organization_id
        return ours

    def _to_item(self, entity: SingleSignOn) -> SingleSignOnItem:
        return SingleSignOnItem(
            issuer=entity.issuer,
            client_id=entity.client_id,
            sealed_client_secret=entity.sealed_client_secret,
            domains={domain.name: domain.token for domain in entity.domains},
            verified_domains=sorted(entity.verified_domains),
            enabled=entity.enabled,
            required=entity.required,
            jit_role=entity.jit_role.value,
        )

    def _to_entity(self, item: SingleSignOnItem) -> SingleSignOn:
        return _connection(item)


class LinkRepository(TenantRepository[Link, LinkItem]):
    """Links of exactly one organization."""

    kind = Kind.SINGLE_SIGN_ON_LINK
    prefix = LINK_PREFIX
    item_type = LinkItem

    def _to_item(self, entity: Link) -> LinkItem:
        return LinkItem(user_id=entity.user_id)

    def _to_entity(self, item: LinkItem) -> Link:
        return _link(item)


def organization_of_domain(name: str) -> OrganizationId | None:
    """Return the organization that has verified a domain, if one has."""
    try:
        claim = DomainClaimItem.get(domain_partition(name), OWNER, consistent_read=True)
    except DoesNotExist:
        return None
    return OrganizationId(claim.organization_id)


def present_connection(organization_id: OrganizationId) -> SingleSignOn | None:
    """Return the connection of an organization, if both are there; for those who act for no tenant yet."""
    connection, organization = batch_get(
        [
            (SingleSignOnItem, tenant_partition(organization_id, Kind.SINGLE_SIGN_ON), organization_id),
            (OrganizationItem, tenant_partition(organization_id, Kind.ORGANIZATION), organization_id),
        ]
    )
    if not isinstance(connection, SingleSignOnItem) or not isinstance(organization, OrganizationItem):
        return None
    return _connection(connection) if connection.deleted_at is None and organization.deleted_at is None else None


def find_link(organization_id: OrganizationId, link_id: str) -> Link | None:
    """Return a link of an organization, if there is one; for those who act for no tenant yet."""
    try:
        item = LinkItem.get(tenant_partition(organization_id, Kind.SINGLE_SIGN_ON_LINK), link_id, consistent_read=True)
    except DoesNotExist:
        return None
    return _link(item)


def release_domains_of(organization_id: OrganizationId) -> None:
    """Set the domains of an organization free that is being removed; done twice it comes to the same."""
    partition = tenant_partition(organization_id, Kind.SINGLE_SIGN_ON)
    (item,) = batch_get([(SingleSignOnItem, partition, organization_id)])
    for name in item.verified_domains if isinstance(item, SingleSignOnItem) else ():
        claim = DomainClaimItem(domain_partition(name), OWNER)
        claim.delete_if(DomainClaimItem.organization_id == organization_id)


def _connection(item: SingleSignOnItem) -> SingleSignOn:
    verified = set(item.verified_domains)
    return SingleSignOn(
        id=OrganizationId(item.sk),
        version=int(item.version),
        created_at=item.created_at,
        updated_at=item.updated_at,
        deleted_at=item.deleted_at,
        issuer=item.issuer,
        client_id=item.client_id,
        sealed_client_secret=item.sealed_client_secret,
        domains=tuple(
            Domain(name=name, token=token, is_verified=name in verified) for name, token in sorted(item.domains.items())
        ),
        enabled=item.enabled,
        required=item.required,
        jit_role=Role(item.jit_role),
    )


def _link(item: LinkItem) -> Link:
    return Link(
        id=item.sk,
        version=int(item.version),
        created_at=item.created_at,
        updated_at=item.updated_at,
        user_id=UserId(item.user_id),
    )


def _taken(_standing: RawItem | None) -> Exception:
    return DomainTaken()
