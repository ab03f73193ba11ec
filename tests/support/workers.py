"""Which tests stay together when `make test` spreads them over several processes."""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

_TOGETHER: Final = {
    "tests/e2e/": "the deployed platform",
    "tests/conformance/": "the endpoint of that suite",
    "tests/security/test_reports.py": "an organization with more than a report sums up at once",
    **dict.fromkeys(
        ("tests/security/test_roles_enforced.py", "tests/security/test_second_wall.py"),
        "an endpoint that enforces roles",
    ),
    **dict.fromkeys(
        (
            "tests/contract/test_environment.py",
            "tests/contract/test_import_budget.py",
            "tests/contract/test_roles.py",
            "tests/security/test_logs.py",
        ),
        "the journeys of the functions",
    ),
}
"""What takes long to make, by the tests that share it."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types.
    """Gives a process one test at a time with all its parameters, or all tests that share what takes long to make."""

    def _split_scope(self, nodeid: str) -> str:
        shared = (what for beginning, what in _TOGETHER.items() if nodeid.startswith(beginning))
        return next(shared, nodeid.partition("[")[0])
