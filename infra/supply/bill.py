"""`python -m infra.supply.bill`: the bill of materials in CycloneDX 1.6, from the lock files alone.

The same lock files give the same bytes: nothing in it is of the moment or of the machine. What the functions run on is
"required"; what builds, checks and tests is "excluded", which the specification has for what is not delivered.
"""

import json
import sys
import tomllib
import uuid
from collections import defaultdict
from typing import Final

from infra.supply.packages import ROOT, SHIPPED, Package, all_locked

OUTPUT: Final = ROOT / ".local" / "sbom.cdx.json"
_SPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://nexstock.com/sbom")


def bill(packages: list[Package]) -> str:
    """Return the bill of materials, as text."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    own = f"pkg:generic/nexstock@{version}"
    by_purl: defaultdict[str, list[Package]] = defaultdict(list)
    for package in packages:
        by_purl[package.purl].append(package)
    components = [_component(purl, by_purl[purl]) for purl in sorted(by_purl)]
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, json.dumps(components))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "nexstock",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": _dependencies(own, packages),
    }
    return json.dumps(document, indent=2) + "\n"


def _component(purl: str, same: list[Package]) -> dict[str, object]:
    package = same[0]
    component: dict[str, object] = {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "scope": "required" if any(each.lock == SHIPPED for each in same) else "excluded",
        "purl": purl,
    }
    hashes = sorted({value for each in same for value in each.hashes})
    if not hashes:
        return component
    # One for each file of the release: which of them is installed depends on the platform. Where they come from is said
    # by the package's own name, whichever registry an installation asks.
    files = [{"alg": "SHA-256", "content": value} for value in hashes]
    distribution = {"type": "distribution", "url": purl, "hashes": files}
    return {**component, "externalReferences": [distribution]}


def _dependencies(own: str, packages: list[Package]) -> list[dict[str, object]]:
    places: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for package in packages:
        # More than one, where the versions for different platforms or Pythons differ.
        places[package.lock, package.name].add(package.purl)
    needs: dict[str, set[str]] = {package.purl: set() for package in packages}
    for package in packages:
        for name in package.needed_by:
            for purl in places[package.lock, name]:
                needs[purl].add(package.purl)
    needs[own] = {package.purl for package in packages if package.lock == SHIPPED}
    return [{"ref": purl, "dependsOn": sorted(needs[purl])} for purl in sorted(needs)]


def main() -> int:
    """Write the bill; return the exit status."""
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(bill(all_locked()))
    print(OUTPUT.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
