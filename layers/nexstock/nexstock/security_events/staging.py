"""Events that are staged where they happen, in the transaction of what they tell of."""

from datetime import datetime

from nexstock.auth.principals import Tenant
from nexstock.ids import SecurityEventId, new_id
from nexstock.security_events.model import SecurityAction, SecurityEvent, Subject
from nexstock.security_events.repository import SecurityEventRepository


def stage_event(action: SecurityAction, about: Subject, *, tenant: Tenant, now: datetime, **details: str) -> None:
    """Stage an event of the tenant's actor, so that it is recorded exactly if what it tells of is done."""
    event_id = SecurityEventId(new_id("sev", now))
    SecurityEventRepository(tenant).add(
        SecurityEvent(id=event_id, created_at=now, action=action, about=about, details=details)
    )
