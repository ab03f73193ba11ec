"""PATCH /v1/account: change the person's name."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep, OriginDep
from nexstock.http.results import shown
from nexstock.identity import profile
from nexstock.identity.schemas import AccountView, UpdateAccount

app = Api()


@app.patch("/v1/account", requires=Access.ACCOUNT)
def update_account(
    patch: UpdateAccount, caller: CallerDep, origin: OriginDep, expected: ExpectedVersionDep
) -> Response[AccountView]:
    """Update the person's profile, wherever it is shown.

    Raises:
        PreconditionFailed: `If-Match` names another version (412).
    """
    return shown(profile.update_account(patch, expected=expected, caller=caller, origin=origin))


handler = app.handler
