"""What requests about the secrets of webhook endpoints need."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.support.people import StaffedOrganization
from tests.support.webhook_secrets import a_replaced_endpoint

Make = Callable[[StaffedOrganization], Any]

RESOURCES_OF_STEPS: Final[Mapping[tuple[str, str], Mapping[str, Make]]] = {
    ("POST", "/v1/webhook-endpoints/{endpoint_id}/reveal-secret"): {
        "endpoint_id": lambda organization: a_replaced_endpoint(organization).id
    },
}
"""Makes the resource that a step needs in a certain state."""
