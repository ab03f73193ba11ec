"""DELETE /v1/account/passkeys/{passkey_id}: remove one of the person's passkeys."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.auth.step_up import Action
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import no_content
from nexstock.identity import passkey_removal

app = Api()


@app.delete("/v1/account/passkeys/{passkey_id}", requires=Access.ACCOUNT, step_up=Action.DISABLE_MFA)
def delete_passkey(passkey_id: str, caller: CallerDep, origin: OriginDep) -> Response[None]:
    """Remove a passkey; other sessions end.

    Raises:
        StepUpRequired: no unused proof for `disable_mfa` (403).
        NotFound: the caller has no such passkey (404).
        PasswordTooShort: it is the last second factor, and the password is too short to stand alone (409).
    """
    passkey_removal.delete_passkey(passkey_id, caller=caller, origin=origin)
    return no_content()


handler = app.handler
