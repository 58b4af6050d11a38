"""The kit for pytest: `pytest --crb-adapter NAME --crb-model PATH`, or three fixtures in a package's own tests.

    @pytest.fixture(scope="session")
    def crb_adapter():
        return "my-adapter"

    @pytest.fixture(scope="session")
    def crb_model(tmp_path_factory):
        return build_a_tiny_checkpoint(tmp_path_factory.mktemp("model"))

    def test_conformance(crb_check):
        crb_check()

The test runs once for every check; a judge's test takes `crb_judge_check` and needs no model. This module is imported
by every pytest in the environment, so it imports nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from crb.conformance.findings import Finding
    from crb.conformance.subject import Subject


_CHECKS = {"crb_check", "crb_judge_check"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two options."""
    group = parser.getgroup("crb", "conformance of reward-model adapters")
    group.addoption("--crb-adapter", metavar="NAME", help="run crb's conformance kit on this adapter or package")
    group.addoption("--crb-model", metavar="PATH", help="the checkpoint that the adapter loads meanwhile")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `crb_check` or `crb_judge_check` runs once for every check."""
    for fixture, kind in (("crb_check", "scalar"), ("crb_judge_check", "judge")):
        if fixture in metafunc.fixturenames:
            from crb.conformance.kit import names_of

            metafunc.parametrize(fixture, names_of(kind), indirect=True)


@pytest.fixture(scope="session")
def crb_adapter(request: pytest.FixtureRequest) -> Any:
    """The adapter under examination: override it, or give --crb-adapter."""
    return request.config.getoption("--crb-adapter") or pytest.skip("no adapter: --crb-adapter NAME")


@pytest.fixture(scope="session")
def crb_model(request: pytest.FixtureRequest) -> Any:
    """The checkpoint it loads: override it, or give --crb-model; None for the checks that need none."""
    return request.config.getoption("--crb-model")


@pytest.fixture(scope="session")
def crb_subject(crb_adapter: str, crb_model: str | Path | None) -> Subject:
    """The adapter and its model, loaded once for all checks."""
    from crb.conformance.subject import Subject

    return Subject(crb_adapter, None if crb_model is None else str(crb_model))


@pytest.fixture
def crb_check(request: pytest.FixtureRequest, crb_subject: Subject) -> Callable[[], Finding]:
    """One check of the kit for adapters that read hidden states: call it; it fails the test, or gives what it found."""
    name: str = request.param
    return lambda: _run(crb_subject, name)


@pytest.fixture
def crb_judge_check(request: pytest.FixtureRequest, crb_subject: Subject) -> Callable[[], Finding]:
    """One check of the kit for judges: call it; it fails the test, or gives what it found."""
    name: str = request.param
    return lambda: _run(crb_subject, name)


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --crb-adapter, every check is a test, unless a test of the package runs them already."""
    wanted = config.getoption("--crb-adapter")
    if not wanted or any(_CHECKS & set(getattr(item, "fixturenames", ())) for item in items):
        return
    from crb.conformance.kit import names_of, subjects
    from crb.errors import CrbError

    try:
        found = subjects(wanted, config.getoption("--crb-model"), "float32", "cpu")
    except CrbError as error:
        raise pytest.UsageError(str(error)) from error
    for subject in found:
        for name in names_of(subject.kind):
            items.append(_CheckItem.from_parent(session, name=f"{subject.name}::{name}", subject=subject, check=name))


class _CheckItem(pytest.Item):
    """A check as a test that stands in no file."""

    def __init__(self, *, subject: Subject, check: str, **options: Any) -> None:
        super().__init__(**options)
        self.subject, self.check = subject, check

    def runtest(self) -> None:
        """Make the check."""
        _run(self.subject, self.check)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where the test stands."""
        return self.path, None, f"crb {self.name}"


def _run(subject: Subject, name: str) -> Finding:
    """Make a check; fails or skips the test, or gives the finding of one that is passed."""
    from crb.conformance.kit import examine

    finding = examine(subject, name)
    told = "\n".join(finding.problems)
    if finding.state == "skipped":
        pytest.skip(told)
    if finding.state == "failed":
        pytest.fail(f"{finding.adapter} fails {name} ({finding.promise}):\n{told}", pytrace=False)
    return finding
