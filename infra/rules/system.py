"""All stacks of the system as they are in one environment: translated, nested, and without functions.

A stack is translated by SAM's own translator, which AWS runs on a deployment; sources of code, which `sam deploy`
uploads first, stand as one address.
"""

import logging
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from infra.rules.identities import Json, own_name
from infra.rules.resolution import Template

ROOT: Final = Path(__file__).resolve().parents[2]
_STACK: Final = "AWS::CloudFormation::Stack"
_ARTIFACTS: Final = "s3://artifacts/code"

# What the translator says of itself is for those who run it as a service.
logging.getLogger("samtranslator").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Resource:
    """One resource of one stack; its properties name others as AWS would."""

    stack: str
    logical_id: str
    kind: str
    properties: Json

    @property
    def name(self) -> str:
        """What it is called, or its logical id where AWS names it."""
        return own_name(self.logical_id, self.kind, self.properties)

    def __str__(self) -> str:
        """Return its place, e.g. `infra/data.yaml:DataKey`."""
        return f"{self.stack}:{self.logical_id}"


@dataclass(frozen=True)
class System:
    """The resources of all stacks, nested ones included."""

    region: str
    resources: tuple[Resource, ...]

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        """Yield the resources of some types of CloudFormation."""
        return (each for each in self.resources if each.kind in kinds)


def in_production() -> System:
    """Return the system as samconfig.toml deploys it to production."""
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())["production"]["deploy"]["parameters"]
    given = dict(pair.split("=", 1) for pair in settings["parameter_overrides"])
    return load(ROOT / "template.yaml", given, settings["region"])


def load(template: Path, parameters: Mapping[str, str], region: str) -> System:
    """Return the system of a root template: it, and whatever it nests, however deep."""
    return of(yaml_parse(template.read_text()), template, parameters, region)


def of(document: Json, template: Path, parameters: Mapping[str, str], region: str) -> System:
    """Return the system of a root template that is read already; what it nests is found from its path."""
    stack = _Stack(document, template, template.parent, parameters, region)
    return System(region, tuple(stack.resources()))


class _Stack:
    def __init__(self, source: Json, path: Path, root: Path, given: Mapping[str, Any], region: str) -> None:
        declared = source.get("Parameters", {})
        defaults = {name: each["Default"] for name, each in declared.items() if "Default" in each}
        parameters = {**defaults, **given}
        self._path, self._root, self._region = path, root, region
        document = _translated(source, parameters, region) if "Transform" in source else source
        self._template = Template(document, parameters, region, str(path.relative_to(root)), self._output_of)
        self._nested: dict[str, _Stack] = {}

    def resources(self) -> Iterator[Resource]:
        for logical_id, resource in self._template.resources.items():
            properties = self._template.resolved(resource.get("Properties", {}))
            yield Resource(self._template.path, logical_id, resource["Type"], properties)
            if resource["Type"] == _STACK:
                yield from self._stack(logical_id).resources()

    def _stack(self, logical_id: str) -> "_Stack":
        if logical_id not in self._nested:
            properties = self._template.document["Resources"][logical_id]["Properties"]
            given = self._template.resolved(properties.get("Parameters", {}))
            path = (self._path.parent / properties["TemplateURL"]).resolve()
            self._nested[logical_id] = _Stack(yaml_parse(path.read_text()), path, self._root, given, self._region)
        return self._nested[logical_id]

    def _output_of(self, logical_id: str, name: str) -> Any:  # noqa: ANN401 (any JSON)
        template = self._stack(logical_id)._template  # noqa: SLF001 (of the same class)
        return template.resolved(template.document["Outputs"][name]["Value"])


def _translated(source: Json, parameters: Mapping[str, Any], region: str) -> Json:
    for resource in source["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = _ARTIFACTS
    # Of the region the translator wants to know the partition; nothing is called.
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=region))
    document: Json = translator.translate(source, dict(parameters))
    return document
