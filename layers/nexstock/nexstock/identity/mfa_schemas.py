"""Second factors on the wire.

What browsers make of passkeys has the names of WebAuthn Level 3, 5.1 ("PublicKeyCredential.toJSON"), and may grow by
fields that we do not know; these are ignored, where all else that is unknown is refused.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from nexstock.http.schemas import Command, Instant, Name, View
from nexstock.identity.schemas import Code, Delivery

_MAX_CREDENTIAL_TEXT = 16_384
Base64Url = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]+$", max_length=_MAX_CREDENTIAL_TEXT)]
SecondFactorCode = Annotated[
    str, StringConstraints(pattern=r"^(?:[0-9]{6}|[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4})$")
]
"""A code of an authenticator app, or a recovery code."""
WantedOrganization = Annotated[str, StringConstraints(max_length=64)]


class _OfBrowser(Command):
    model_config = ConfigDict(extra="ignore")

    def as_json(self) -> dict[str, Any]:
        """Return it as the browser sent it, without what is not known."""
        return self.model_dump(by_alias=True, exclude_none=True)


class AttestationResponse(_OfBrowser):
    """What an authenticator answers when it makes a passkey."""

    client_data_json: Base64Url = Field(alias="clientDataJSON")
    attestation_object: Base64Url


class AssertionResponse(_OfBrowser):
    """What an authenticator answers when it uses a passkey."""

    client_data_json: Base64Url = Field(alias="clientDataJSON")
    authenticator_data: Base64Url
    signature: Base64Url
    user_handle: Base64Url | None = None


class NewCredential(_OfBrowser):
    """A passkey that an authenticator just made (`RegistrationResponseJSON`)."""

    id: Base64Url
    raw_id: Base64Url
    type: Literal["public-key"]
    response: AttestationResponse


class UsedCredential(_OfBrowser):
    """A passkey that an authenticator just used (`AuthenticationResponseJSON`)."""

    id: Base64Url
    raw_id: Base64Url
    type: Literal["public-key"]
    response: AssertionResponse


class ConfirmTotp(Command):
    """The code that the authenticator app shows now."""

    code: Code


class TotpView(View):
    """The secret for an authenticator app, shown this once; it counts for nothing until a code confirms it."""

    secret: Annotated[str, Field(repr=False)]
    otpauth_uri: Annotated[str, Field(repr=False)]


class RecoveryCodesView(View):
    """Recovery codes, shown this once; each is good once."""

    recovery_codes: Annotated[list[str], Field(repr=False)]


class SecondFactorView(View):
    """The password was right; the sign-in goes on with a second factor. `mfaToken` is good for `expiresIn` seconds."""

    mfa_required: Literal[True] = True
    mfa_token: Annotated[str, Field(repr=False)]
    methods: list[Literal["totp", "recovery_code", "passkey"]]
    expires_in: int


class LogInWithSecondFactor(Command):
    """The second step of a sign-in: a code, or an answer of a passkey."""

    mfa_token: Annotated[str, StringConstraints(max_length=64)]
    code: SecondFactorCode | None = None
    credential: UsedCredential | None = None
    refresh_token_delivery: Delivery = "cookie"  # noqa: S105 (a way, not a token)

    @model_validator(mode="after")
    def _have_one_factor(self) -> Self:
        if (self.code is None) == (self.credential is None):
            message = "has to have either code or credential"
            raise ValueError(message)
        return self


class LogInWithPasskey(Command):
    """A sign-in with a passkey alone."""

    credential: UsedCredential
    organization_id: WantedOrganization | None = None
    refresh_token_delivery: Delivery = "cookie"  # noqa: S105 (a way, not a token)


class AddPasskey(Command):
    """A passkey that the caller's authenticator made, and what the caller calls it."""

    name: Name
    credential: NewCredential


class PasskeyView(View):
    """A passkey of the caller. `synced`: its maker keeps copies, on the person's other devices for example."""

    id: str
    name: str
    synced: bool
    created_at: Instant
    last_used_at: Instant | None


class NewPasskeyView(PasskeyView):
    """A new passkey; `recoveryCodes` is there, this once, if it is the caller's first second factor."""

    recovery_codes: Annotated[list[str] | None, Field(repr=False)]


class PasskeyListView(View):
    """All passkeys of the caller."""

    items: list[PasskeyView]
    next: None = None


class RelyingPartyView(View):
    """Who passkeys are for."""

    id: str
    name: str


class PasskeyUserView(View):
    """Whom a passkey is for, as the authenticator shows it."""

    id: str
    name: str
    display_name: str


class CredentialParametersView(View):
    """A kind of key that is taken; `alg` is a COSE algorithm."""

    type: Literal["public-key"] = "public-key"
    alg: int


class CredentialDescriptorView(View):
    """A credential that there is already."""

    type: Literal["public-key"] = "public-key"
    id: str


class AuthenticatorSelectionView(View):
    """What an authenticator has to be able to do."""

    resident_key: Literal["required"] = "required"
    require_resident_key: Literal[True] = True
    user_verification: Literal["required"] = "required"


class CreationOptionsView(View):
    """Options for `PublicKeyCredential.parseCreationOptionsFromJSON` (WebAuthn Level 3, 5.1.9)."""

    rp: RelyingPartyView
    user: PasskeyUserView
    challenge: str
    pub_key_cred_params: list[CredentialParametersView]
    timeout: int
    exclude_credentials: list[CredentialDescriptorView]
    authenticator_selection: AuthenticatorSelectionView = AuthenticatorSelectionView()
    attestation: Literal["none"] = "none"


class RequestOptionsView(View):
    """Options for `PublicKeyCredential.parseRequestOptionsFromJSON` (WebAuthn Level 3, 5.1.10)."""

    challenge: str
    rp_id: str
    timeout: int
    user_verification: Literal["required"] = "required"
