"""A customer, as the rest of the system sees it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from nexstock.ids import CustomerId
from nexstock.personal_data.model import Contact, ContactDetails


class ErasureReason(StrEnum):
    """Why somebody was erased: the grounds of the GDPR, article 17(1), in words; a text could name the person."""

    NO_LONGER_NEEDED = "no_longer_needed"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    OBJECTION = "objection"
    UNLAWFUL = "unlawful"
    LEGAL_OBLIGATION = "legal_obligation"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CustomerDetails(ContactDetails):
    """Who a customer is, in clear; only one who was erased has no name."""

    name: str | None
    tax_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Contact):
    """Somebody whom an organization sells to; who they are is sealed.

    `email_index` is what the customer is found by, given an address: a keyed hash of it. One who was erased stays as
    the nameless party of what they ordered. `event` is what made the present version, where that is an erasure.
    """

    id: CustomerId
    email_index: str | None = None
    erased_at: datetime | None = None
    erasure_reason: ErasureReason | None = None
    event: str | None = field(default=None, compare=False)

    @property
    def is_erased(self) -> bool:
        """Whether nothing personal of the customer is left."""
        return self.erased_at is not None
