"""template.yaml as CloudFormation gets it: translated by SAM's own translator, which AWS runs on a deployment."""

import copy
import os
from functools import cache
from typing import Any, Final
from unittest import mock

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.support.templates import Json, template

_ARTIFACTS: Final = "s3://artifacts/code"
_ENVIRONMENT: Final = {
    "Environment": "production",
    "PublicBaseUrl": "https://api.example",
    "AllowedOrigin": "https://app.example",
    "MailFrom": "no-reply@mail.example",
}


@cache
def translated() -> Json:
    """Return the translated template."""
    source = _joined(copy.deepcopy(template()))
    for resource in source["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                # `sam deploy` uploads folders first and puts the addresses in their places.
                resource["Properties"][name] = _ARTIFACTS
    # The translator asks for a region to tell the partition; nothing is called.
    with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": "us-east-1"}):
        done: Json = Translator({}, Parser()).translate(source, _parameters(source))
    return done


def of_type(resource_type: str) -> dict[str, Json]:
    """Return the translated resources of one type, by logical id."""
    return {key: each for key, each in translated()["Resources"].items() if each["Type"] == resource_type}


def _parameters(source: Json) -> dict[str, str]:
    defaults = {name: each["Default"] for name, each in source["Parameters"].items() if "Default" in each}
    return {**defaults, **_ENVIRONMENT}


def _joined(value: Any) -> Any:  # noqa: ANN401 (any YAML value)
    # CloudFormation's long form of GetAtt has two parts: the resource, and all of the attribute.
    match value:
        case {"Fn::GetAtt": [resource, *attribute]}:
            return {"Fn::GetAtt": [resource, ".".join(attribute)]}
        case dict():
            return {name: _joined(each) for name, each in value.items()}
        case list():
            return [_joined(each) for each in value]
    return value
