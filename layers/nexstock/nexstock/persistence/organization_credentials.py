"""The second wall between organizations: a request's calls are signed so that they reach one organization's items.

The roles of handlers grant items, and keys of what is sealed, by the tag `organization` of the session that asks
(infra/access.yaml). The session that Lambda gives a function has no such tag, so that it reaches none; the function
assumes its own role once more for each organization that it works for, and says which. Whatever mistake the code above
makes about keys, AWS then refuses what is another organization's (docs/adr/0038-second-wall.md).

AWS: "Using IAM policy conditions for fine-grained access control" (DynamoDB), "Pass session tags in AWS STS".
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.credentials import Credentials

from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.config import function_name, own_role_arn
from nexstock.ids import OrganizationId
from nexstock.observability import Metric, count
from nexstock.persistence.failures import is_denied

Message = Mapping[str, str]

SESSION_TAG: Final = "organization"
"""The tag by which the roles tell sessions apart."""

_LIFETIME: Final = timedelta(hours=1)
"""As long as a role that is assumed by a role's session allows (AWS: "Role chaining")."""

_SPARE: Final = timedelta(minutes=15)
"""A session with less time left is not used any more: what it signs now is done before it ends."""

_MOST_SESSIONS: Final = 500

_ACTING_FOR: ContextVar[OrganizationId | None] = ContextVar("acting_for", default=None)


@dataclass(frozen=True, slots=True)
class _Session:
    credentials: Credentials = field(repr=False)
    ends_at: datetime


_SESSIONS: OrderedDict[OrganizationId, _Session] = OrderedDict()


@contextmanager
def acting_for(organization_id: OrganizationId) -> Iterator[None]:
    """Have all calls of DynamoDB and KMS in the block reach what is this organization's, and no other's.

    A call that AWS refuses is counted: it reached beyond, or the role lacks what the code needs.
    """
    token = _ACTING_FOR.set(organization_id)
    try:
        yield
    except Exception as error:
        if is_denied(error):
            count(Metric.ORGANIZATION_REFUSED)
        raise
    finally:
        _ACTING_FOR.reset(token)


def for_its_organization(handle: Callable[[Message], None]) -> Callable[[Message], None]:
    """Return what handles a queued message for the organization that it names, and reaches no other's items."""

    def handle_for(message: Message) -> None:
        with acting_for(OrganizationId(message["organizationId"])):
            handle(message)

    return handle_for


def sign_by_organization(aws_client: Any) -> Any:  # noqa: ANN401 (botocore makes the class at run time)
    """Return the client, whose calls are from now on signed for the organization that is being acted for, if any."""
    if own_role_arn() is not None:
        aws_client.meta.events.register("before-call", _choose_credentials, unique_id="organization")
    return aws_client


def _choose_credentials(context: dict[str, Any], **_call: Any) -> None:  # noqa: ANN401 (botocore's hook)
    organization_id = _ACTING_FOR.get()
    if organization_id is not None:
        # botocore signs with these instead of the client's own, and does so again when it tries again.
        context.setdefault("signing", {})["request_credentials"] = _session_for(organization_id, utc_now()).credentials


def _session_for(organization_id: OrganizationId, now: datetime) -> _Session:
    session = _SESSIONS.get(organization_id)
    # A clock that was set back says nothing of how long is left.
    if session is None or not _SPARE < session.ends_at - now <= _LIFETIME:
        session = _SESSIONS[organization_id] = _open(organization_id, now)
    _SESSIONS.move_to_end(organization_id)
    if len(_SESSIONS) > _MOST_SESSIONS:
        _SESSIONS.popitem(last=False)
    return session


def _open(organization_id: OrganizationId, now: datetime) -> _Session:
    opened = client("sts").assume_role(
        RoleArn=own_role_arn(),
        RoleSessionName=function_name(),
        Tags=[{"Key": SESSION_TAG, "Value": organization_id}],
        DurationSeconds=int(_LIFETIME.total_seconds()),
    )["Credentials"]
    credentials = Credentials(opened["AccessKeyId"], opened["SecretAccessKey"], opened["SessionToken"])
    return _Session(credentials, now + _LIFETIME)
