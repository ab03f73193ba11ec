"""DELETE /v1/account/mfa/totp: remove the authenticator app."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.auth.step_up import Action
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import no_content
from nexstock.identity import authenticator_apps

app = Api()


@app.delete("/v1/account/mfa/totp", requires=Access.ACCOUNT, step_up=Action.DISABLE_MFA)
def remove_totp(caller: CallerDep, origin: OriginDep) -> Response[None]:
    """Remove the app; other sessions end.

    Raises:
        StepUpRequired: no unused proof for `disable_mfa` (403).
        NotFound: the caller has none (404).
        PasswordTooShort: the password is too short to stand alone (409).
    """
    authenticator_apps.remove(caller=caller, origin=origin)
    return no_content()


handler = app.handler
