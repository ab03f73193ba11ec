"""Addresses have one form, so that one mailbox is one account."""

import pytest
from pydantic import ValidationError

from nexstock.identity.schemas import LogIn, Register, ResendCode, SignInView, VerifyEmail


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("Pat@Example.COM", "pat@example.com"),
        ("  pat@example.com ", "pat@example.com"),
        ("pat+stock@sub.example.co.uk", "pat+stock@sub.example.co.uk"),
        ("p.a.t_x%y@example.com", "p.a.t_x%y@example.com"),
        ("o'neil@example.com", "o'neil@example.com"),
    ],
)
def test_address_is_stored_in_one_form(sent: str, stored: str) -> None:
    assert ResendCode.model_validate({"email": sent}).email == stored


@pytest.mark.parametrize(
    "email",
    [
        "",
        "pat",
        "@example.com",
        "pat@",
        "pat@example",
        "pat@@example.com",
        "pat@example.com, eve@example.com",
        "pat@example.com\nBcc: eve@example.com",
        "Pat <pat@example.com>",
        "pat @example.com",
        "pat@exam ple.com",
        "pat\x00@example.com",
        "pat@-example.com",
        "pat@example.com.",
        f"{'p' * 65}@example.com",
        f"pat@{'e' * 250}.com",
        "\ud800@example.com",
        None,
        7,
    ],
)
def test_what_is_no_single_address_is_refused(email: object) -> None:
    with pytest.raises(ValidationError):
        ResendCode.model_validate({"email": email})


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", " 123456", "123456\n", "١٢٣٤٥٦", 123456, None])
def test_code_is_six_digits(code: object) -> None:
    with pytest.raises(ValidationError):
        VerifyEmail.model_validate({"email": "pat@example.com", "code": code})


@pytest.mark.parametrize("extra", [{"role": "owner"}, {"organizationId": "org_1"}, {"emailVerified": True}])
def test_registration_takes_no_more_than_it_asks_for(extra: dict[str, object]) -> None:
    wanted = {"email": "pat@example.com", "password": "x", "name": "Pat", "organizationName": "Goods"}

    with pytest.raises(ValidationError):
        Register.model_validate({**wanted, **extra})


@pytest.mark.parametrize("delivery", ["header", "", "Body", None, True])
def test_refresh_token_comes_by_cookie_or_body_only(delivery: object) -> None:
    with pytest.raises(ValidationError):
        LogIn.model_validate({"email": "pat@example.com", "password": "x", "refreshTokenDelivery": delivery})


def test_sign_in_is_shown_as_the_contract_names_it() -> None:
    view = SignInView(access_token="a", expires_in=900, organization_id="org_1", role="owner")

    assert view.model_dump(by_alias=True) == {
        "accessToken": "a",
        "expiresIn": 900,
        "tokenType": "Bearer",
        "organizationId": "org_1",
        "role": "owner",
        "refreshToken": None,
    }
