"""What is shipped is known: which packages, under which licences, and that the same sources give the same layers."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import pytest
import yaml

from infra.supply import licences
from infra.supply.bill import bill
from infra.supply.licences import ALLOWED, ALLOWED_FOR_TOOLS, allowed, refused
from infra.supply.packages import ENVIRONMENTS, NPM, SHIPPED, Package, all_locked, locked
from infra.supply.reproducible import contents, digest
from infra.supply.vulnerabilities import NotCheckedError, known, main
from tests.support.templates import ROOT

_LOCKS: Final = (*ENVIRONMENTS, *NPM)
_PACKAGES: Final = [Package("PyPI", "one", "1.0", SHIPPED), Package("npm", "@two/b", "2.0", NPM[0])]


def test_every_lock_file_is_known() -> None:
    found = {*ROOT.glob("requirements*.txt"), *ROOT.glob("infra/**/requirements*.txt")}
    found |= {path for path in ROOT.glob("tests/**/package-lock.json") if "node_modules" not in path.parts}
    assert {str(path.relative_to(ROOT)) for path in found} == set(_LOCKS)


@pytest.mark.parametrize("lock", _LOCKS)
def test_every_pin_of_a_lock_file_is_read(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = text.count("node_modules/") if lock in NPM else text.count("==") - text.count(" == ")
    read = locked(lock)
    # A marker such as `python_full_version < '3.12'` has no pin in it, and one with `==` has spaces around it.
    assert len(read) == pins > 0
    assert all(package.hashes for package in read if lock not in NPM)


def test_the_bill_of_materials_names_what_is_shipped_with_every_hash_and_nothing_else_as_required() -> None:
    document = json.loads(bill(all_locked()))
    required = {each["purl"]: each for each in document["components"] if each["scope"] == "required"}
    shipped = {package.purl: package for package in locked(SHIPPED)}
    assert set(required) == set(shipped)
    for purl, package in shipped.items():
        (release,) = required[purl]["externalReferences"]
        assert {each["content"] for each in release["hashes"]} >= set(package.hashes)
    refs = [each["bom-ref"] for each in document["components"]]
    assert len(refs) == len(set(refs))
    own = document["metadata"]["component"]["bom-ref"]
    needs = {each["ref"]: each["dependsOn"] for each in document["dependencies"]}
    assert set(needs) == {own, *refs}
    assert set(needs[own]) == set(shipped)
    (cryptography,) = (purl for purl in shipped if purl.startswith("pkg:pypi/cryptography@"))
    assert any(purl.startswith("pkg:pypi/cffi@") for purl in needs[cryptography])


def test_the_bill_of_materials_is_the_same_in_whatever_order_the_packages_come() -> None:
    packages = all_locked()
    assert bill(packages) == bill(packages[::-1])


@pytest.mark.parametrize(
    ("expression", "is_allowed"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("(MIT OR GPL-3.0-only) AND Apache-2.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT OR Apache-2.0 AND GPL-3.0-only", True),
        ("(MIT OR Apache-2.0) AND (GPL-3.0-only OR LGPL-2.1-only)", False),
        ("GPL-2.0-or-later", False),
        ("AGPL-3.0-only", False),
        ("MPL-2.0", False),
        ("Proprietary", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_if_a_permissive_one_can_be_chosen(expression: str, is_allowed: bool) -> None:  # noqa: FBT001 (what is expected)
    assert allowed(expression, ALLOWED) is is_allowed


def test_only_tools_may_be_under_a_licence_that_asks_for_sources() -> None:
    assert allowed("MPL-2.0", ALLOWED_FOR_TOOLS)
    names = {package.name: "MIT" for package in locked(SHIPPED)}
    assert list(refused(SHIPPED, names)) == []
    (told,) = refused(SHIPPED, {**names, "boto3": "MPL-2.0"})
    assert "boto3" in told


def test_a_package_that_nothing_is_known_of_is_refused() -> None:
    names = {package.name: "MIT" for package in locked(SHIPPED) if package.name != "boto3"}
    (told,) = refused(SHIPPED, names)
    assert "boto3 is not installed" in told


def test_what_the_tests_run_on_has_allowed_licences() -> None:
    assert list(refused(SHIPPED, licences.installed(ENVIRONMENTS[SHIPPED]))) == []


@contextmanager
def _advisories(answer: Any, status: int = 200) -> Iterator[str]:  # noqa: ANN401 (any JSON)
    """Run a source of advisories that gives one answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_advisories_are_told_for_the_package_that_has_them() -> None:
    with _advisories({"results": [{"vulns": [{"id": "GHSA-1"}, {"id": "CVE-2"}]}, {}]}) as source:
        assert known(_PACKAGES, source) == {"pkg:npm/%40two/b@2.0": ["GHSA-1", "CVE-2"]}


@pytest.mark.parametrize(
    ("answer", "status"),
    [({"results": [{}]}, 200), ({"results": [{}, None]}, 200), ({}, 200), ([], 200), ({"results": [{}, {}]}, 503)],
    ids=["too few", "no answer for one", "none", "another form", "a failure"],
)
def test_an_answer_that_is_not_whole_is_no_good_news(answer: object, status: int) -> None:
    with _advisories(answer, status) as source, pytest.raises(NotCheckedError):
        known(_PACKAGES, source)


def test_a_source_that_cannot_be_reached_fails_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    with _advisories({}) as source:
        pass
    assert main(["--source", source]) == 2
    assert "Not checked" in capsys.readouterr().err


def test_findings_fail_the_check_and_none_pass_it() -> None:
    asked = len({package.purl for package in all_locked()})
    with _advisories({"results": [{}] * asked}) as source:
        assert main(["--source", source]) == 0
    with _advisories({"results": [{}] * (asked - 1) + [{"vulns": [{"id": "CVE-1"}]}]}) as source:
        assert main(["--source", source]) == 1


def _make(layer: str, target: str, folder: Path, **variables: str) -> str:
    """Build a layer from a copy of its folder, as `sam build` does, and return the digest of what comes out."""
    shutil.copytree(ROOT / "layers" / layer, folder / "source")
    settings = [f"{name}={value}" for name, value in variables.items()]
    command = ["make", "--silent", target, f"ARTIFACTS_DIR={folder / 'made'}", *settings]
    (folder / "made").mkdir()
    subprocess.run(command, cwd=folder / "source", check=True, capture_output=True)  # noqa: S603 (our own makefiles)
    return digest(contents(folder / "made"))


def test_our_own_layer_is_the_same_wherever_it_is_built(tmp_path: Path) -> None:
    (tmp_path / "deeper" / "still").mkdir(parents=True)
    first = _make("nexstock", "build-NexstockLayer", tmp_path)
    assert _make("nexstock", "build-NexstockLayer", tmp_path / "deeper" / "still") == first
    assert contents(tmp_path / "made").keys() > {"python/nexstock/__init__.py"}
    assert not any("__pycache__" in name for name in contents(tmp_path / "made"))


def _pip(folder: Path) -> str:
    """Make a stand-in for pip, which leaves behind what pip does: what it installed, and where it stands itself."""
    path = folder / "python"
    path.write_text(
        f"""#!/bin/sh
        while [ "$1" != --target ]; do shift; done
        mkdir -p "$2/one-1.dist-info" "$2/one/__pycache__" "$2/bin" "$2/botocore/data/sqs" "$2/botocore/data/ec2"
        echo code > "$2/one/RECORD"
        echo Name: one > "$2/one-1.dist-info/METADATA"
        for note in RECORD INSTALLER REQUESTED direct_url.json; do echo {folder} > "$2/one-1.dist-info/$note"; done
        echo {folder} > "$2/bin/one"
        echo {folder} > "$2/one/__pycache__/one.pyc"
        """
    )
    path.chmod(0o755)
    return str(path)


def test_nothing_of_the_machine_that_builds_stays_in_the_dependencies(tmp_path: Path) -> None:
    folders = [tmp_path / "here", tmp_path / "there"]
    for folder in folders:
        folder.mkdir()
    one, other = (
        _make("dependencies", "build-DependenciesLayer", folder, NEXSTOCK_PYTHON=_pip(folder)) for folder in folders
    )
    assert one == other
    assert set(contents(folders[0] / "made")) == {"python/one/RECORD", "python/one-1.dist-info/METADATA"}


def test_updates_are_looked_for_in_every_lock_file_by_the_same_rules() -> None:
    settings = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())
    watched = {
        (update["package-ecosystem"], folder.strip("/"))
        for update in settings["updates"]
        for folder in update["directories"]
    }
    folders = {("npm" if lock in NPM else "pip", str(Path(lock).parent).strip(".")) for lock in _LOCKS}
    assert watched == {*folders, ("github-actions", "")}
    rules = [
        {name: value for name, value in update.items() if name not in {"package-ecosystem", "directories"}}
        for update in settings["updates"]
    ]
    assert all(each == rules[0] for each in rules)
