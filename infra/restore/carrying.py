"""Carries items from a restored table into the one that serves, as far as a rule brings them back."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from infra.restore.tables import Item, Table, beside


class Rule(Protocol):
    """What of one table comes back, and what of it is over."""

    def phases(self) -> Sequence[frozenset[str]]:
        """Return kinds of items that come back after all others, in this order: what they are looked up by."""

    def kind_of(self, item: Item) -> str:
        """Return what an item is, as `phases` and the report name it."""

    def revived(self, was: Item, present: Item | None) -> Item | None:
        """Return what is to stand in the place of the present item; None to leave that place as it is."""

    def is_over(self, present: Item, was: Item | None) -> bool:
        """Tell whether a present item goes."""


@dataclass
class Report:
    """How many items of each kind were brought back, left out because they had ended, and removed."""

    brought_back: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """Return the report as text."""
        said = {"brought back": self.brought_back, "not brought back": self.left_out, "ended": self.removed}
        return [
            f"{what}: {', '.join(f'{count} {kind}' for kind, count in sorted(counts.items())) or 'nothing'}"
            for what, counts in said.items()
        ]


def carry(restored: Table, serving: Table, rule: Rule) -> Report:
    """Bring back what the rule says, then end what it says is over. Done twice it comes to the same."""
    report = Report()
    later = frozenset[str]().union(*rule.phases())
    _bring_back(restored, serving, rule, report, lambda kind: kind not in later)
    for phase in rule.phases():
        _bring_back(restored, serving, rule, report, phase.__contains__)
    for present, was in beside(serving.items(), restored):
        if rule.is_over(present, was):
            serving.delete(present)
            report.removed[rule.kind_of(present)] += 1
    return report


def _bring_back(restored: Table, serving: Table, rule: Rule, report: Report, is_due: Callable[[str], bool]) -> None:
    due = (item for item in restored.items() if is_due(rule.kind_of(item)))
    for was, present in beside(due, serving):
        kind, wanted = rule.kind_of(was), rule.revived(was, present)
        if wanted is not None:
            serving.put(wanted, seen=present)
            report.brought_back[kind] += 1
        elif present is None:
            report.left_out[kind] += 1
