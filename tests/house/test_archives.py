"""The archives of a release: what the source archive holds, and that it builds the very same wheel."""

from __future__ import annotations

import re
import tarfile
import tomllib
import zipfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from house import ROOT, run_python

pytestmark = pytest.mark.slow

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LARGEST = 5_000_000
CARRIED = (
    "crb/data/crb_mini.jsonl",
    "crb/models/published.jsonl",
    "crb/conformance/templates/scalar/pyproject.toml.j2",
    "crb_builders/recipes/example.yaml",
    "crb_trainers/recipes/tiny.yaml",
    "crb_leaderboard/page/page.js",
)
FOREIGN = re.compile(r"^[^/]+/(shared|runs|built|trained|studies|\.venv[^/]*|\.git)/|/__pycache__/")


def build(source: Path, folder: Path) -> tuple[Path, Path]:
    """Source archive and wheel of a folder, without a build environment of their own: no index is asked."""
    done = run_python("-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", str(folder), cwd=source)
    assert done.returncode == 0, done.stderr
    (archive,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return archive, wheel


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed: pip install hatchling")
    return build(ROOT, tmp_path_factory.mktemp("archives"))


def test_no_file_is_large_or_foreign(archives: tuple[Path, Path]) -> None:
    archive, wheel = archives
    with tarfile.open(archive) as opened:
        sizes = {member.name: member.size for member in opened.getmembers()}
    assert [name for name in sizes if FOREIGN.search(name)] == []
    sizes |= {entry.filename: entry.file_size for entry in zipfile.ZipFile(wheel).infolist()}
    assert [name for name, size in sizes.items() if size > LARGEST] == []


def test_the_source_archive_can_do_what_its_makefile_says(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[0]) as opened:
        names = {member.name.partition("/")[2] for member in opened.getmembers()}
    needed = ("Makefile", "LICENSE", "constraints.txt", "mkdocs.yml", "tests/release/try_extras.py")
    assert [name for name in needed if name not in names] == []


def test_the_wheel_carries_the_data(archives: tuple[Path, Path]) -> None:
    names = set(zipfile.ZipFile(archives[1]).namelist())
    assert [name for name in CARRIED if name not in names] == []


def test_the_source_archive_builds_the_same_wheel(archives: tuple[Path, Path], tmp_path: Path) -> None:
    archive, wheel = archives
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    again = build(source, tmp_path / "dist")[1]
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_the_version_is_the_same_wherever_it_stands(archives: tuple[Path, Path]) -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    newest = re.search(r"(?m)^## (\S+), (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert newest
    assert {cited["version"], newest[1], version("code-reward-bench")} == {PROJECT["version"]}
    assert str(cited["date-released"]) == newest[2]
    assert all(f"-{PROJECT['version']}" in path.name for path in archives)
