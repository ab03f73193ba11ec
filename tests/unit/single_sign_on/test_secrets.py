"""Secrets of a sign-in: derived apart from each other, and shown in no repr."""

import base64
import hashlib
import secrets

import pytest
from pydantic import ValidationError

from nexstock.single_sign_on.pending import SignInToken
from nexstock.single_sign_on.schemas import CompleteSingleSignOn, CreateSingleSignOn, StartedSignOnView

_CONNECTION = {"issuer": "https://login.customer.example", "clientId": "nexstock", "domains": ["a.example"]}


@pytest.mark.asvs("11.5.1")
def test_what_follows_from_a_token_differs_by_purpose_and_token() -> None:
    tokens = [SignInToken(secrets.token_urlsafe(32)) for _ in range(2)]
    derived = {value for token in tokens for value in (token.nonce, token.code_verifier, token.code_challenge)}

    assert len(derived) == 6
    for value in derived:
        assert len(value) == 43


def test_the_challenge_is_the_verifiers_hash_as_rfc_7636_wants_it() -> None:
    token = SignInToken("nxo_token")
    digest = hashlib.sha256(token.code_verifier.encode("ascii")).digest()

    assert token.code_challenge == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def test_no_secret_shows_in_a_repr() -> None:
    shown = [
        repr(SignInToken("canary")),
        repr(CreateSingleSignOn.model_validate({**_CONNECTION, "clientSecret": "canary"})),
        repr(CompleteSingleSignOn.model_validate({"signInToken": "canary", "state": "canary", "code": "canary"})),
        repr(StartedSignOnView(authorization_url="https://login.customer.example", sign_in_token="canary")),
    ]

    assert not [text for text in shown if "canary" in text]


def test_a_refused_secret_is_not_told_back() -> None:
    with pytest.raises(ValidationError) as refused:
        CreateSingleSignOn.model_validate({**_CONNECTION, "clientSecret": "line\nfeed"})

    assert [error["loc"] for error in refused.value.errors()] == [("clientSecret",)]
