"""The templates as CloudFormation gets them: translated by SAM's own translator, which AWS runs on a deployment."""

import copy
import os
from functools import cache
from typing import Any, Final
from unittest import mock

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from tests.support.templates import API, Json, function_templates, template

_ARTIFACTS: Final = "s3://artifacts/code"
_ENVIRONMENT: Final = {
    "Environment": "production",
    "PublicBaseUrl": "https://api.example",
    "AllowedOrigin": "https://app.example",
    "MailFrom": "no-reply@mail.example",
}
_CODE_DEPLOY: Final = {"ShiftsTraffic": "true", "DeploymentType": "Canary10Percent5Minutes"}


@cache
def translated(name: str = "template.yaml", *, shifts_traffic: bool = True) -> Json:
    """Return one template by its path from the root, with or without what CodeDeploy needs."""
    source = _joined(copy.deepcopy(template(name)))
    if "Transform" not in source:
        return source  # type: ignore[no-any-return]  # a copy of a template is one
    for resource in source["Resources"].values():
        for property_name in ("CodeUri", "ContentUri"):
            if property_name in resource.get("Properties", {}):
                # `sam deploy` uploads folders first and puts the addresses in their places.
                resource["Properties"][property_name] = _ARTIFACTS
    values = {**_parameters(source), **(_CODE_DEPLOY if shifts_traffic else {})}
    # The translator asks for a region to tell the partition; nothing is called.
    with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": "us-east-1"}):
        done: Json = Translator({}, Parser()).translate(source, values)
    return done


def of_type(resource_type: str) -> dict[str, Json]:
    """Return the translated resources of one type in the templates of the API and of functions, by logical id."""
    return {
        key: each
        for name in (API, *function_templates())
        for key, each in translated(name)["Resources"].items()
        if each["Type"] == resource_type
    }


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
