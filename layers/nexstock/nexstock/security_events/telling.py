"""What is told of to the queue, by those who see it happen."""

from datetime import datetime

from nexstock.auth.permissions import Requirement
from nexstock.auth.principals import Principal, RequestOrigin, Tenant
from nexstock.errors import Problem
from nexstock.observability import log_fault
from nexstock.persistence.transaction import Transaction
from nexstock.security_events.model import SecurityAction, Subject
from nexstock.security_events.notes import EventNote, FailedSignIn, tell


def tell_if_refused(
    principal: Principal, operation: str, requirement: Requirement, origin: RequestOrigin, now: datetime
) -> None:
    """Tell of a request that its operation will refuse (403), for what the principal may not do.

    The operation decides by itself; it is only told of here, where one function has to be able to.
    """
    try:
        principal.as_caller(origin, Transaction()).demand(requirement)
    except Problem as refusal:
        note = EventNote(
            organization_id=principal.organization_id,
            actor=principal.actor,
            origin=origin,
            at=now,
            action=SecurityAction.ACCESS_REFUSED,
            about=Subject("operation", operation),
            details={"requires": requirement.value, "problem": refusal.slug},
        )
        _tell_if_possible(note)


def tell_of_reading(tenant: Tenant, what: str, now: datetime) -> None:
    """Tell that somebody is about to be shown the audit log, or a part of it; without that nobody is shown any."""
    tell(
        EventNote(
            organization_id=tenant.organization_id,
            actor=tenant.actor,
            origin=tenant.origin,
            at=now,
            action=SecurityAction.AUDIT_LOG_READ,
            about=Subject("audit_log", tenant.organization_id),
            details={"read": what},
        )
    )


def tell_of_failed_sign_in(email: str, origin: RequestOrigin, now: datetime, *, by: str) -> None:
    """Tell of a sign-in that failed, whether anybody has the address or not."""
    _tell_if_possible(FailedSignIn(email=email, origin=origin, at=now, by=by))


def _tell_if_possible(note: EventNote | FailedSignIn) -> None:
    try:
        tell(note)
    except Exception as error:  # noqa: BLE001 (whatever it was, the request is refused all the same)
        log_fault("refusal not recorded", error)
