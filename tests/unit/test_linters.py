"""What linters of others find: nothing of it gets lost, and a linter that sees nothing is no good news."""

import json
from pathlib import Path
from typing import Final

import pytest

from infra.checks.__main__ import BlindLinterError, of_checkov, of_cloudsplaining
from infra.rules.findings import Finding
from infra.rules.system import Resource, System

_QUEUE: Final = Resource("infra/data.yaml", "Queue", "AWS::SQS::Queue", {})
_SYSTEM: Final = System("us-east-1", (_QUEUE,))


def _linter(folder: Path, answer: object, *, status: int = 0) -> Path:
    """Make a stand-in for the linters' interpreter, which gives one answer whatever it is asked."""
    (folder / "answer.json").write_text(json.dumps(answer))
    path = folder / "python"
    path.write_text(f"#!/bin/sh\ncat {folder / 'answer.json'}\nexit {status}\n")
    path.chmod(0o755)
    return path


def _report(*places: tuple[str, str], unread: int = 0) -> object:
    checks = [{"check_id": "CKV_1", "check_name": "n", "file_path": file, "resource": name} for file, name in places]
    return {"summary": {"parsing_errors": unread}, "results": {"failed_checks": checks}}


_BAIT: Final = ("/bait.json", "AWS::S3::Bucket.bait")


def test_findings_of_checkov_name_the_resource_as_our_own_rules_do(tmp_path: Path) -> None:
    linter = _linter(tmp_path, _report(("/infra/data.json", "AWS::SQS::Queue.Queue"), _BAIT), status=1)
    assert of_checkov(_SYSTEM, linter) == [Finding("CKV_1", "infra/data.yaml:Queue", "n")]


def test_findings_of_cloudsplaining_name_the_policy_and_the_actions(tmp_path: Path) -> None:
    risks = {"data-exfiltration": ["s3:GetObject"]}
    linter = _linter(tmp_path, {"infra/access.yaml:Role/calls": risks, "infra/access.yaml:Other/x": {}, "bait": risks})
    expected = Finding("cloudsplaining:data-exfiltration", "infra/access.yaml:Role/calls", "s3:GetObject")
    assert of_cloudsplaining(_SYSTEM, linter) == [expected]


@pytest.mark.parametrize("answer", [_report(), _report(("/infra/data.json", "AWS::SQS::Queue.Queue"))])
def test_checkov_that_does_not_find_the_bait_is_no_good_news(answer: object, tmp_path: Path) -> None:
    with pytest.raises(BlindLinterError, match="bait"):
        of_checkov(_SYSTEM, _linter(tmp_path, answer))


def test_cloudsplaining_that_does_not_find_the_bait_is_no_good_news(tmp_path: Path) -> None:
    with pytest.raises(BlindLinterError, match="bait"):
        of_cloudsplaining(_SYSTEM, _linter(tmp_path, {"bait": {}}))


def test_a_template_that_checkov_could_not_read_is_no_good_news(tmp_path: Path) -> None:
    with pytest.raises(BlindLinterError, match="read"):
        of_checkov(_SYSTEM, _linter(tmp_path, _report(_BAIT, unread=1)))


def test_a_linter_that_fails_is_no_good_news(tmp_path: Path) -> None:
    linter = _linter(tmp_path, {}, status=2)
    for found in (of_checkov, of_cloudsplaining):
        with pytest.raises(BlindLinterError, match="failed"):
            found(_SYSTEM, linter)
