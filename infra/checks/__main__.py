"""`python -m infra.checks`: what checkov and cloudsplaining find in the templates as they are deployed to production.

Both see every stack translated and without functions of CloudFormation, and a bait each, that has to be found: a linter
that sees nothing must not look like templates that have nothing. Neither reaches for the network.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from infra.rules.exceptions import remaining, report
from infra.rules.findings import Finding
from infra.rules.identities import Json
from infra.rules.policies import documents_of
from infra.rules.system import ROOT, System, in_production

PYTHON: Final = ROOT / ".local" / "venvs" / "checks" / "bin" / "python"
"""Of the environment that has the linters."""

_BAIT: Final = "bait"
_OPEN_BUCKET: Final = {"Resources": {_BAIT: {"Type": "AWS::S3::Bucket", "Properties": {}}}}
_ALL_RIGHTS: Final = {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "iam:PassRole"], "Resource": "*"}]}
_POLICIES: Final = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


class BlindLinterError(Exception):
    """A linter failed, or did not find its bait."""


def of_checkov(system: System, python: Path = PYTHON) -> list[Finding]:
    """Return what checkov finds.

    Raises:
        BlindLinterError: it failed, or found nothing in a bucket without any protection.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for stack, resources in _resources_by_stack(system).items():
            path = (folder / stack).with_suffix(".json")
            path.parent.mkdir(exist_ok=True)
            # Line by line, because checkov reads the lines of a resource again for each of its findings.
            path.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}, indent=1))
        (folder / f"{_BAIT}.json").write_text(json.dumps(_OPEN_BUCKET, indent=1))
        options = ["--framework", "cloudformation", "--output", "json", "--quiet", "--compact", "--skip-download"]
        report = json.loads(_answer(python, ["-m", "checkov.main", "--directory", made, *options], b"", ok=(0, 1)))
    if report["summary"]["parsing_errors"]:
        raise BlindLinterError("checkov could not read all templates")
    found = [
        Finding(
            check["check_id"],
            f"{Path(check['file_path'].lstrip('/')).with_suffix('.yaml')}:{check['resource'].rpartition('.')[2]}",
            check["check_name"],
        )
        for check in report["results"]["failed_checks"]
    ]
    return _without_bait("checkov", found)


def of_cloudsplaining(system: System, python: Path = PYTHON) -> list[Finding]:
    """Return the risks that cloudsplaining finds in policies.

    Raises:
        BlindLinterError: it failed, or found nothing in a policy that gives everything away.
    """
    policies = {
        f"{resource}/{name}": document
        for resource in system.of_kind(*_POLICIES)
        for name, document in documents_of(resource).items()
    }
    given = json.dumps({**policies, _BAIT: _ALL_RIGHTS}).encode()
    answer: dict[str, dict[str, Any]] = json.loads(_answer(python, [str(Path(__file__).with_name("grants.py"))], given))
    found = [
        Finding(f"cloudsplaining:{kind}", policy, ", ".join(told))
        for policy, risks in answer.items()
        for kind, told in risks.items()
    ]
    return _without_bait("cloudsplaining", found)


def _resources_by_stack(system: System) -> dict[str, Json]:
    stacks: defaultdict[str, dict[str, object]] = defaultdict(dict)
    for resource in system.resources:
        stacks[resource.stack][resource.logical_id] = {"Type": resource.kind, "Properties": resource.properties}
    return dict(stacks)


def _answer(python: Path, arguments: list[str], given: bytes, ok: tuple[int, ...] = (0,)) -> bytes:
    # Whatever would reach for the network is refused at once, instead of waiting or telling somebody.
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    variables = {**os.environ, **nowhere, "LOG_LEVEL": "ERROR"}
    outcome = subprocess.run([str(python), *arguments], input=given, capture_output=True, env=variables, check=False)
    if outcome.returncode not in ok:
        raise BlindLinterError(f"{arguments[0]} failed:\n{outcome.stderr.decode()[-2000:]}")
    return outcome.stdout


def _without_bait(linter: str, found: list[Finding]) -> list[Finding]:
    others = [finding for finding in found if not finding.resource.startswith(_BAIT)]
    if len(others) == len(found):
        raise BlindLinterError(f"{linter} did not find the bait")
    return others


def main() -> int:
    """List the findings, and exceptions that let nothing pass; return the exit status."""
    system = in_production()
    try:
        found = [*of_checkov(system), *of_cloudsplaining(system)]
    except BlindLinterError as fault:
        print(fault, file=sys.stderr)
        return 2
    count = report(found, "CKV*", "cloudsplaining:*")
    print(
        f"{count} findings of checkov and cloudsplaining; {len(found) - len(remaining(found))} let pass by exceptions"
    )
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
