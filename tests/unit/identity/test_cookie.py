"""The refresh cookie is out of reach of scripts, of plain HTTP and of every route that does not need it."""

from http.cookies import SimpleCookie

import pytest

from nexstock.identity.cookie import CLEARED_COOKIE, COOKIE_NAME, refresh_cookie


@pytest.mark.asvs("3.3.1")
@pytest.mark.parametrize("cookie", [refresh_cookie("nxr_token", max_age_s=60), CLEARED_COOKIE])
def test_cookie_is_confined(cookie: str) -> None:
    morsel = SimpleCookie(cookie)[COOKIE_NAME]

    assert COOKIE_NAME.startswith("__Secure-")
    assert morsel["httponly"]
    assert morsel["secure"]
    assert morsel["samesite"] == "Strict"
    assert morsel["path"] == "/v1/auth"
    assert not morsel["domain"]


def test_cookie_keeps_the_token_for_as_long_as_it_may_live() -> None:
    morsel = SimpleCookie(refresh_cookie("nxr_token", max_age_s=60))[COOKIE_NAME]

    assert (morsel.value, morsel["max-age"]) == ("nxr_token", "60")


def test_cleared_cookie_is_empty_and_over() -> None:
    morsel = SimpleCookie(CLEARED_COOKIE)[COOKIE_NAME]

    assert (morsel.value, morsel["max-age"]) == ("", "0")
