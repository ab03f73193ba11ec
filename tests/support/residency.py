"""What in a template reaches into another region: resources of several regions, and names of places elsewhere."""

import re
from collections.abc import Iterator
from typing import Any, Final

from tests.support.templates import Json

_ELSEWHERE: Final = {
    "AWS::CloudFormation::StackSet",
    "AWS::CloudFront::Distribution",
    "AWS::DynamoDB::GlobalTable",
    "AWS::KMS::ReplicaKey",
    "AWS::S3::MultiRegionAccessPoint",
}
"""Types whose resources keep or serve copies in regions other than the stack's."""

_REPLICATING: Final = {
    "CopyActions",
    "DestinationRegion",
    "MultiRegion",
    "ReplicaRegions",
    "Replicas",
    "ReplicationConfiguration",
}
"""Properties that make copies elsewhere, of any type."""

_REGION: Final = re.compile(r"\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-[a-z]+)+-\d\b")
_ARN: Final = re.compile(r"arn:(?:\$\{[^}]*\}|[^:]*):[^:]*:(\$\{[^}]*\}|[^:]*):")
_OWN: Final = {"", "${AWS::Region}"}


def crossings(document: Json) -> Iterator[str]:
    """Yield each place of a template's resources that is, or names, another region."""
    for logical_id, resource in document["Resources"].items():
        if resource["Type"] in _ELSEWHERE:
            yield f"{logical_id} is a {resource['Type']}"
        yield from (f"{logical_id}: {found}" for found in _within(resource.get("Properties", {})))


def _within(value: Any) -> Iterator[str]:  # noqa: ANN401 (any value of a template)
    match value:
        case str():
            yield from (f"names {region}" for region in _REGION.findall(value))
            yield from (f"an ARN in {region}" for region in _ARN.findall(value) if region not in _OWN)
        case dict():
            yield from (f"has {name}" for name in sorted(_REPLICATING & set(value)) if value[name] is not False)
            for each in value.values():
                yield from _within(each)
        case list():
            for each in value:
                yield from _within(each)
