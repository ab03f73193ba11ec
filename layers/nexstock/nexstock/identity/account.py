"""What a signed-in person sees of their own account."""

from datetime import datetime

from nexstock.auth.principals import Caller
from nexstock.errors import NotFound
from nexstock.identity import sessions
from nexstock.identity.items import SessionItem
from nexstock.identity.people import get_person
from nexstock.identity.schemas import SessionListView, SessionView
from nexstock.ids import SessionId, is_id
from nexstock.persistence.identity_keys import session_sort_key


def open_sessions(caller: Caller, now: datetime) -> SessionListView:
    """Return the caller's open sessions, the newest first."""
    person = get_person(caller.user_id)
    found = sessions.list_open(person, caller.user_id, now)
    return SessionListView(items=[_view(session, caller) for session in found])


def end_session(session_id: str, caller: Caller, now: datetime) -> None:
    """End one of the caller's sessions; its tokens are refused from the next request on.

    Raises:
        NotFound: the caller has no such open session (404).
    """
    if not is_id(session_id, "ses") or not sessions.revoke(caller.user_id, SessionId(session_id), now):
        raise NotFound


def _view(session: SessionItem, caller: Caller) -> SessionView:
    session_id = session.sk.removeprefix(session_sort_key(""))
    return SessionView(
        id=session_id,
        organization_id=session.organization_id,
        device=session.user_agent,
        ip=session.ip,
        is_current=session_id == caller.session_id,
        created_at=session.created_at,
        last_used_at=session.rotated_at or session.created_at,
    )
