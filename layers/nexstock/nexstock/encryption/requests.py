"""Rotations of an organization's data keys that it asks for itself."""

from datetime import datetime

from nexstock.auth.principals import Caller
from nexstock.background import COMMIT_S, SendNote
from nexstock.clock import Clock, utc_now
from nexstock.crypto.stored_keys import stored_data_keys
from nexstock.encryption.errors import RotationRunning
from nexstock.encryption.notes import QUEUE
from nexstock.encryption.states import RotationStates, is_running, stage_request
from nexstock.security_events.model import SecurityAction, Subject
from nexstock.security_events.staging import stage_event


def request_rotation(*, caller: Caller, send: SendNote, clock: Clock = utc_now) -> datetime:
    """Stage that all data keys of the caller's organization get successors, and return since when that is wanted.

    Raises:
        RotationRunning: they are getting some (409).
    """
    now, organization_id = clock(), caller.tenant.organization_id
    states = RotationStates.of(organization_id)
    if is_running(stored_data_keys(organization_id), states):
        raise RotationRunning
    stage_request(organization_id, caller.tenant.transaction, now, earlier=states.requested_at)
    about = Subject("organization", organization_id)
    stage_event(SecurityAction.ROTATION_REQUESTED, about, tenant=caller.tenant, now=now)
    # Before the commit: a note without a request finds nothing to do, and a request without a note waits for the day.
    send(QUEUE, {"organizationId": organization_id}, delay_s=COMMIT_S)
    return now
