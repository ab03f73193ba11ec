"""SES: sending acts on the sender's identity.

Restores "Actions, resources, and condition keys for Amazon Simple Email Service
v2" of the Service Authorization Reference: SendEmail is judged by the identity
that it sends from, when the endpoint enforces policies (AUTH). Stock sees no
resource in it, so that a role which may send from one identity may send nothing.
"""

import json
from email.utils import parseaddr

from ministack.core import iam_actions
from ministack.services import ses_v2

from infra.local.corrections.patching import replace, require

_SEND = ("POST", "/v2/email/outbound-emails")


def apply() -> None:
    """Name the identity of the sender as the resource of SendEmail."""
    require(ses_v2, "_identities")

    def resource_arn(method: str, path: str, body: bytes, region: str, account: str) -> str:
        if (method, path.rstrip("/")) != _SEND:
            return str(stock_resource_arn(method, path, body, region, account))
        return f"arn:aws:ses:{region}:{account}:identity/{_sending_identity(body)}"

    stock_resource_arn = replace(iam_actions, "_ses_v2_resource_arn", resource_arn)


def _sending_identity(body: bytes) -> str:
    """Return the address, if it is an identity of its own, else its domain."""
    address = parseaddr(str(json.loads(body or b"{}").get("FromEmailAddress", "")))[1]
    if ses_v2._identities.get(address):
        return address
    return address.rpartition("@")[2].lower()
