"""Problems have the statuses and names of the contract, each name once."""

from http import HTTPStatus

import pytest

from nexstock import errors
from nexstock.identity.errors import EmailNotVerified, InvalidCode
from nexstock.products.errors import SkuTaken
from tests.support.problems import PROBLEMS
from tests.support.templates import ROOT

_DOCUMENTED = (ROOT / "docs" / "problems.md").read_text()


def test_every_problem_has_a_name_of_its_own() -> None:
    slugs = [problem.slug for problem in PROBLEMS if problem is not errors.Problem]

    assert len(set(slugs)) == len(slugs)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.__name__)
def test_every_problem_is_a_refusal_with_a_title(problem: type[errors.Problem]) -> None:
    assert problem.status >= HTTPStatus.BAD_REQUEST
    assert problem.title


@pytest.mark.parametrize(
    "problem",
    [each for each in PROBLEMS if each not in {errors.Problem, errors.Conflict}],
    ids=lambda problem: problem.__name__,
)
def test_every_problem_is_documented(problem: type[errors.Problem]) -> None:
    assert f"`{problem.slug}`" in _DOCUMENTED


@pytest.mark.parametrize(
    ("problem", "status", "slug"),
    [
        (errors.NotFound, 404, "not_found"),
        (errors.PreconditionFailed, 412, "stale_version"),
        (SkuTaken, 409, "sku_taken"),
        (errors.ReplayRefused, 409, "answer_shown_once"),
        (errors.IdempotencyKeyReused, 422, "idempotency_key_reused"),
        (EmailNotVerified, 403, "email_not_verified"),
        (InvalidCode, 422, "invalid_code"),
        (errors.TooManyRequests, 429, "too_many_requests"),
        (errors.TemporarilyUnavailable, 503, "temporarily_unavailable"),
    ],
)
def test_contract_names_the_status(problem: type[errors.Problem], status: int, slug: str) -> None:
    assert (problem.status, problem.slug) == (status, slug)


def test_unauthenticated_says_how_to_authenticate() -> None:
    assert errors.Unauthenticated().headers == {"WWW-Authenticate": "Bearer"}


def test_unavailability_says_when_to_try_again() -> None:
    assert errors.TemporarilyUnavailable().headers == {"Retry-After": "1"}


def test_invalid_request_lists_every_place_and_tells_of_three() -> None:
    places = [errors.FieldError(f"/field{number}", "required") for number in range(5)]

    problem = errors.InvalidRequest(places)

    assert [entry["pointer"] for entry in problem.extensions["errors"]] == [place.pointer for place in places]
    assert problem.detail == "/field0: required; /field1: required; /field2: required"
