"""Judges policies by cloudsplaining; runs in the environment of the linters, with JSON on both ends.

Takes policies by name, and gives the kinds of risk that it finds in each, with the actions.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from cloudsplaining.scan.policy_document import PolicyDocument


def risks_of(policy: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield each kind of risk that a policy has; statements are judged as if they had no conditions."""
    document = PolicyDocument(policy, flag_conditional_statements=True)
    yield "infrastructure-modification", document.infrastructure_modification
    yield "privilege-escalation", [each["type"] for each in document.allows_privilege_escalation]
    yield "permissions-management", document.permissions_management_without_constraints
    yield "data-exfiltration", document.allows_data_exfiltration_actions
    yield "credentials-exposure", document.credentials_exposure
    yield "service-wildcard", document.service_wildcard
    yield "not-action", [json.dumps(each) for each in document.contains_statement_using_not_action]


def main() -> None:
    """Read policies from standard input, and write what is found in them."""
    policies = json.load(sys.stdin)
    json.dump(
        {name: {kind: told for kind, told in risks_of(policy) if told} for name, policy in policies.items()}, sys.stdout
    )


if __name__ == "__main__":
    main()
