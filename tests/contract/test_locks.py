"""What is installed: the layer gets what the tests had, every package by its hash, from nowhere in particular."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.support.templates import ROOT

LOCKS: Final = (
    "requirements.txt",
    "requirements-dev.txt",
    "infra/checks/requirements.txt",
    "infra/local/requirements.txt",
    "infra/local/requirements-sam.txt",
    "layers/dependencies/requirements.txt",
)
_PINNED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[A-Za-z0-9,_-]+\])?==[0-9][A-Za-z0-9.+!]*")
_ADDRESS: Final = re.compile(r"https?://|--index-url|--extra-index-url|--find-links|--trusted-host|git\+|@ file:")

_SERVICES: Final = re.compile(r"^aws_services := (.*)$", re.MULTILINE)
_CLIENT: Final = re.compile(r'\bclient\("([a-z0-9]+)"')
_CALLED_BY_LIBRARIES: Final = {"dynamodb", "kms", "sts"}
"""PynamoDB's, the Encryption SDK's, and what credentials come from."""


def _requirements(text: str) -> list[str]:
    joined = text.replace("\\\n", " ")
    lines = (line.partition(" #")[0].strip() for line in joined.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _versions(path: Path) -> dict[str, str]:
    names = [re.split(r"[ ;]", line)[0] for line in _requirements(path.read_text())]
    return {name.partition("==")[0].partition("[")[0]: name.partition("==")[2] for name in names}


def test_the_layer_is_built_from_what_was_tested() -> None:
    assert (ROOT / "layers/dependencies/requirements.txt").read_bytes() == (ROOT / "requirements.txt").read_bytes()


def test_the_layer_keeps_the_model_of_every_service_that_is_called() -> None:
    makefile = (ROOT / "layers/dependencies/Makefile").read_text()
    kept = set(_SERVICES.findall(makefile)[0].split())
    code = (path.read_text() for path in (ROOT / "layers/nexstock/nexstock").rglob("*.py"))
    called = {service for text in code for service in _CLIENT.findall(text)}
    assert {"s3", "sqs"} <= called
    assert kept == called | _CALLED_BY_LIBRARIES


def test_the_tests_run_on_the_versions_of_the_layer() -> None:
    tested, shipped = _versions(ROOT / "requirements-dev.txt"), _versions(ROOT / "requirements.txt")
    assert shipped
    assert {name: tested.get(name) for name in shipped} == shipped


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes(lock: str) -> None:
    requirements = _requirements((ROOT / lock).read_text())
    assert requirements
    for requirement in requirements:
        assert _PINNED.match(requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_address(lock: str) -> None:
    assert _ADDRESS.search((ROOT / lock).read_text()) is None


def test_the_npm_lock_names_no_address() -> None:
    for path in (ROOT / "tests/support/dynoxide").glob("*.json"):
        assert not re.search(r'"resolved"\s*:\s*"https?://', path.read_text()), path
