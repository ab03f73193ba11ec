"""`python -m infra.supply.vulnerabilities`: asks OSV about every package of every lock file.

OSV (osv.dev) gathers the advisories of PyPI, npm and GitHub. An answer is good news only if it is whole: a source that
cannot be reached, fails, or leaves a package out ends with status 2, as unlike success as a finding is.
"""

import argparse
import sys
from typing import Any, Final

import httpx

from infra.supply.packages import Package, all_locked

_SOURCE: Final = "https://api.osv.dev"
_MOST: Final = 500
"""OSV takes 1,000 questions at once (osv.dev, "POST /v1/querybatch")."""
_TIMEOUT_S: Final = 30


class NotCheckedError(Exception):
    """The source did not answer for all packages."""


def known(packages: list[Package], source: str = _SOURCE) -> dict[str, list[str]]:
    """Return the ids of the advisories that OSV has, by package URL.

    Raises:
        NotCheckedError: at least one package was not looked at.
    """
    by_purl = {package.purl: package for package in packages}
    purls = sorted(by_purl)
    if not purls:
        raise NotCheckedError("there is no package to ask about")
    found: dict[str, list[str]] = {}
    with httpx.Client(base_url=source, timeout=_TIMEOUT_S) as client:
        for begin in range(0, len(purls), _MOST):
            asked = purls[begin : begin + _MOST]
            for purl, result in zip(asked, _answers(client, asked), strict=True):
                if advisories := [str(each["id"]) for each in result.get("vulns", [])]:
                    found[purl] = advisories
    return found


def _answers(client: httpx.Client, purls: list[str]) -> list[dict[str, Any]]:
    questions = [{"package": {"purl": purl}} for purl in purls]
    try:
        answer = client.post("/v1/querybatch", json={"queries": questions}).raise_for_status()
        results: list[dict[str, Any]] = answer.json()["results"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as fault:
        raise NotCheckedError(f"{client.base_url} gave no answer: {fault!r}") from fault
    if len(results) != len(purls) or not all(isinstance(each, dict) for each in results):
        raise NotCheckedError(f"{client.base_url} answered for {len(results)} of {len(purls)} packages")
    return results


def main(arguments: list[str] | None = None) -> int:
    """List the advisories; return 0 if there is none, 1 if there are some, 2 if it could not be found out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default=_SOURCE)
    packages = all_locked()
    try:
        found = known(packages, parser.parse_args(arguments).source)
    except NotCheckedError as fault:
        print(f"Not checked: {fault}", file=sys.stderr)
        return 2
    for purl, advisories in found.items():
        locks = sorted({package.lock for package in packages if package.purl == purl})
        print(f"{purl} ({', '.join(locks)})")
        for advisory in advisories:
            print(f"  https://osv.dev/vulnerability/{advisory}")
    print(f"{len(found)} of {len({package.purl for package in packages})} packages have advisories")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
