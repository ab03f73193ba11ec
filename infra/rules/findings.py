"""What a rule is, and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.rules.system import System


@dataclass(frozen=True, order=True)
class Finding:
    """One resource that breaks one rule."""

    rule: str
    resource: str
    what: str


Rule = Callable[[System], Iterator[tuple[object, str]]]
"""Takes the whole system, and yields each resource that breaks the rule, with what is wrong with it."""


def name_of(rule: Rule) -> str:
    """Return what a rule is called in lists, e.g. `queues-have-dead-letter-queues`."""
    return rule.__name__.replace("_", "-")


def findings(rule: Rule, system: System) -> list[Finding]:
    """Return what breaks the rule."""
    return [Finding(name_of(rule), str(resource), what) for resource, what in rule(system)]
