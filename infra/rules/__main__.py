"""`python -m infra.rules`: what breaks our own rules in the templates as they are deployed to production."""

import sys

from infra.rules.exceptions import report
from infra.rules.findings import name_of
from infra.rules.registry import RULES, all_findings
from infra.rules.system import in_production


def main() -> int:
    """List the findings; return the exit status."""
    system = in_production()
    count = report(all_findings(system), *map(name_of, RULES))
    stacks = {resource.stack for resource in system.resources}
    print(f"{count} findings: {len(RULES)} rules, {len(stacks)} stacks, {len(system.resources)} resources")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
