"""The rules of tests/support/code_rules.py hold for all code of ours, and each catches what it is there for."""

import ast
from functools import cache
from pathlib import PurePosixPath
from typing import Final

import pytest

from tests.support import code_rules
from tests.support.code_rules import FUNCTIONS, LAYER, RULES, Rule
from tests.support.templates import ROOT


@cache
def _modules() -> dict[PurePosixPath, ast.Module]:
    files = [path for folder in (FUNCTIONS, LAYER) for path in (ROOT / folder).rglob("*.py")]
    return {PurePosixPath(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in files}


_HANDLER: Final = FUNCTIONS / "products" / "get_product.py"
_SERVICE: Final = LAYER / "products" / "service.py"

BREACHES: Final[list[tuple[Rule, PurePosixPath, str]]] = [
    (code_rules.handlers_import_no_library_of_the_layer, _HANDLER, "import boto3"),
    (code_rules.handlers_import_no_library_of_the_layer, _HANDLER, "from botocore.config import Config"),
    (code_rules.handlers_import_no_library_of_the_layer, _HANDLER, "from pynamodb.models import Model"),
    (code_rules.handlers_import_no_library_of_the_layer, _HANDLER, "def handler():\n    import bcrypt"),
    (code_rules.handlers_import_no_library_of_the_layer, _HANDLER, "import jwt as tokens"),
    (code_rules.handlers_import_no_library_of_the_layer, _HANDLER, "import aws_encryption_sdk.identifiers"),
    (code_rules.libraries_stay_with_their_owners, _SERVICE, "from pynamodb.exceptions import DoesNotExist"),
    (code_rules.libraries_stay_with_their_owners, _SERVICE, "from boto3 import client"),
    (code_rules.libraries_stay_with_their_owners, LAYER / "webhooks" / "signing.py", "import aws_encryption_sdk"),
    (code_rules.libraries_stay_with_their_owners, LAYER / "webhooks" / "delivery.py", "import urllib3"),
    (code_rules.libraries_stay_with_their_owners, LAYER / "clock.py", "import os"),
    (code_rules.environment_is_read_in_config, _SERVICE, "import os\nREGION = os.environ['AWS_REGION']"),
    (code_rules.environment_is_read_in_config, _HANDLER, "import os\nREGION = os.getenv('AWS_REGION')"),
    (code_rules.tenants_come_from_principals, _HANDLER, "tenant = Tenant(body['organizationId'], actor, origin, work)"),
    (code_rules.tenants_come_from_principals, _SERVICE, "tenant = principals.Tenant(organization_id, a, o, t)"),
    (code_rules.keys_are_built_in_one_place, _SERVICE, "pk = f'ORG#{organization_id}#PRODUCT'"),
    (code_rules.keys_are_built_in_one_place, _SERVICE, "pk = f'{partition}#{kind}'"),
    (code_rules.keys_are_built_in_one_place, _SERVICE, "pk = 'ORG#' + organization_id"),
    (code_rules.keys_are_built_in_one_place, _SERVICE, "pk = 'USER#{}'.format(user_id)"),
    (code_rules.nothing_scans, _SERVICE, "items = list(ProductItem.scan())"),
    (code_rules.nothing_scans, _SERVICE, "answer = connection().dispatch('Scan', {})"),
    (code_rules.secrets_are_compared_in_constant_time, _SERVICE, "good = digest == expected_digest"),
    (code_rules.secrets_are_compared_in_constant_time, _SERVICE, "good = sent != self._mac(raw)"),
    (code_rules.secrets_are_compared_in_constant_time, _SERVICE, "if stored.signature == given: pass"),
    (code_rules.secrets_are_compared_in_constant_time, _SERVICE, "if api_key.secret == sent: pass"),
]

NO_BREACHES: Final[list[tuple[Rule, PurePosixPath, str]]] = [
    (code_rules.handlers_import_no_library_of_the_layer, _HANDLER, "from nexstock.http.api import Api"),
    (code_rules.libraries_stay_with_their_owners, LAYER / "aws.py", "import botocore"),
    (code_rules.keys_are_built_in_one_place, _SERVICE, '"""Items live at ORG#<organization>."""'),
    (code_rules.keys_are_built_in_one_place, LAYER / "persistence" / "keys.py", "pk = f'ORG#{organization_id}'"),
    (code_rules.secrets_are_compared_in_constant_time, _SERVICE, "good = hmac.compare_digest(digest, expected)"),
    (code_rules.secrets_are_compared_in_constant_time, _SERVICE, "condition = SessionItem.digest == token.digest"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_our_code_keeps_the_rule(rule: Rule) -> None:
    breaches = [
        f"{path}:{breach.line}: {breach.what}" for path, tree in _modules().items() for breach in rule(path, tree)
    ]
    assert breaches == []


@pytest.mark.parametrize(("rule", "path", "snippet"), BREACHES)
def test_the_rule_catches_what_breaks_it(rule: Rule, path: PurePosixPath, snippet: str) -> None:
    assert list(rule(path, ast.parse(snippet))) != []


@pytest.mark.parametrize(("rule", "path", "snippet"), NO_BREACHES)
def test_the_rule_lets_pass_what_keeps_it(rule: Rule, path: PurePosixPath, snippet: str) -> None:
    assert list(rule(path, ast.parse(snippet))) == []


def test_every_rule_is_shown_to_catch_something() -> None:
    assert {rule for rule, _path, _snippet in BREACHES} == set(RULES)


def test_every_owner_of_a_library_really_uses_it() -> None:
    for library, owners in code_rules.owned().items():
        using = {path for path in owners if path in _modules() and library in code_rules.imports_of(_modules()[path])}
        assert using == owners, library


def test_no_handler_imports_another_handler() -> None:
    folders = {path.parts[1] for path in _modules() if path.is_relative_to(FUNCTIONS) and len(path.parts) > 2}
    for path, tree in _modules().items():
        if path.is_relative_to(FUNCTIONS):
            assert not code_rules.imports_of(tree) & {"functions", *folders}, path


def test_the_layer_knows_no_handler_and_no_infrastructure() -> None:
    for path, tree in _modules().items():
        if path.is_relative_to(LAYER):
            assert not code_rules.imports_of(tree) & {"functions", "infra", "tests"}, path
