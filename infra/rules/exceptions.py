"""What is let pass against a rule, ours or another's, with the reason: eight at most, of all rules together.

An exception that lets nothing pass any more is a finding itself.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from infra.rules.findings import Finding


@dataclass(frozen=True)
class Exempt:
    """Resources, as a pattern of their places, that need not keep one rule."""

    rule: str
    resource: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether it lets a finding pass."""
        return finding.rule == self.rule and fnmatchcase(finding.resource, self.resource)


MOST: Final = 8

EXCEPTIONS: Final = (
    Exempt(
        "CKV_AWS_115",
        "*Function",
        "A reservation takes concurrency from all other functions. What has to be held back is bounded at its event"
        " source (rule queue-mappings-are-bounded), and requests are limited one by one.",
    ),
    Exempt(
        "CKV_AWS_116",
        "*Function",
        "Of a request the caller hears, and of a batch its event source. Where nobody waits for the answer, our own"
        " rule asks for more: asynchronous-functions-keep-what-failed.",
    ),
    Exempt(
        "CKV_AWS_173",
        "*Function",
        "Environment variables hold names and limits, no secrets; those are sealed in a table. Lambda encrypts them,"
        " and a key of ours would cost a call of KMS at each cold start.",
    ),
    Exempt(
        "CKV_AWS_120",
        "*:Api*Stage",
        "A cache of answers in front of the handlers could give one organization's answers to another.",
    ),
    Exempt(
        "CKV_AWS_18",
        "infra/data.yaml:*Bucket",
        'AWS recommends CloudTrail for it, which says by which role an object was read (AWS, "Logging options for'
        ' Amazon S3"), and belongs to the account and not to a stack.',
    ),
    Exempt(
        "CKV_AWS_21",
        "infra/data.yaml:FilesBucket",
        "Its objects are copies that are gone within days; a version would keep what an organization had removed.",
    ),
    Exempt(
        "CKV_AWS_28",
        "infra/data.yaml:EphemeralTable",
        "Token buckets and idempotency records are worth nothing a day later, and a backup would only keep them.",
    ),
    Exempt(
        "CKV_AWS_33",
        "infra/data.yaml:*Key",
        "Everybody of this account, through the named services of AWS only, by conditions that checkov does not read;"
        " our own rule does: resource-policies-are-not-public.",
    ),
)


def remaining(found: list[Finding]) -> list[Finding]:
    """Return the findings that no exception lets pass."""
    return [finding for finding in found if not any(each.covers(finding) for each in EXCEPTIONS)]


def unused(found: list[Finding], *rules: str) -> list[Exempt]:
    """Return the exceptions from these rules, named or by patterns, that let none of the findings pass."""
    mine = [each for each in EXCEPTIONS if any(fnmatchcase(each.rule, rule) for rule in rules)]
    return [each for each in mine if not any(map(each.covers, found))]


def report(found: list[Finding], *rules: str) -> int:
    """List what no exception lets pass, and exceptions from these rules that let nothing pass; count both."""
    left, idle = remaining(found), unused(found, *rules)
    for finding in sorted(left):
        print(f"{finding.rule}\n  {finding.resource}: {finding.what}")
    for each in idle:
        print(f"the exception from {each.rule} for {each.resource} lets nothing pass: remove it")
    return len(left) + len(idle)
