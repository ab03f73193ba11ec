"""What is a change: every new version of a resource, and nothing that leaves the version as it is."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest

import nexstock
from nexstock.changes import AUDITED_ALWAYS, AUDITED_WITH_EVENT, Change
from nexstock.persistence.keys import Kind
from nexstock.persistence.tenant_items import TenantRepository
from tests.support.changes import a_record, an_image


def _subclasses(of: type[Any]) -> Iterator[type[Any]]:
    for each in of.__subclasses__():
        yield each
        yield from _subclasses(each)


@pytest.mark.parametrize("kind", AUDITED_ALWAYS)
def test_a_new_version_is_a_change_and_what_leaves_the_version_as_it_is_is_none(kind: Kind) -> None:
    before = an_image(kind=kind, version=4, emailIndex={"S": "V0001.x"})
    for version, is_change in ((4, False), (5, True)):
        after = an_image(kind=kind, version=version, emailIndex={"S": "V0002.y"})
        assert (Change.parse(a_record(before, after)) is not None) is is_change


@pytest.mark.parametrize("kind", AUDITED_WITH_EVENT)
def test_an_event_is_a_change_whatever_the_version(kind: Kind) -> None:
    before, after = (an_image(kind=kind, version=4, event={"S": f"{kind.resource}.{verb}"}) for verb in ("a", "b"))
    assert Change.parse(a_record(before, after)) is not None


@pytest.mark.parametrize("kind", AUDITED_ALWAYS)
def test_removal_and_creation_are_changes_at_any_version(kind: Kind) -> None:
    image = an_image(kind=kind, version=4)
    assert Change.parse(a_record(image, None)) is not None
    assert Change.parse(a_record(None, image)) is not None


def test_no_kind_that_is_audited_in_every_version_is_changed_within_a_version() -> None:
    for module in pkgutil.walk_packages(nexstock.__path__, "nexstock."):
        importlib.import_module(module.name)
    repositories = {each for each in _subclasses(TenantRepository) if getattr(each, "kind", None) in AUDITED_ALWAYS}

    assert {each.kind for each in repositories} == set(AUDITED_ALWAYS)
    # The base's `replace` is on condition that the version rises by one.
    others = {each for each in repositories if each.replace is not TenantRepository.replace}
    assert [each for each in others if "super().replace(" not in inspect.getsource(each.replace)] == []
