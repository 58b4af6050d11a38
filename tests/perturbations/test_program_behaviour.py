"""Programs written to be hard to change, run before and after every perturbation: the same output, the same status."""

from __future__ import annotations

from pathlib import Path

import pytest
from runtimes import RUNTIMES, run

from crb.perturbations import KINDS, NotApplicableError, perturb
from crb.perturbations.tree import parse
from crb.vocabulary import Language

pytest.importorskip("tree_sitter")
PROGRAMS = Path(__file__).parent / "programs"
_SLOW = {Language.CPP, Language.CSHARP, Language.JAVA, Language.GO}
LANGUAGES = [
    pytest.param(language, marks=[pytest.mark.slow] if language in _SLOW else [], id=language.value)
    for language in Language
]


def source(language: Language) -> str:
    return (PROGRAMS / RUNTIMES[language].file).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_perturbation_leaves_what_a_program_prints(language: Language, tmp_path: Path) -> None:
    missing = RUNTIMES[language].missing
    if missing:
        pytest.skip(f"{language} cannot be run: {', '.join(missing)} not installed")
    text = source(language)
    before = run(text, language, tmp_path / "before")
    assert before[0] == 0, before[1]
    for kind in KINDS:
        found = perturb(text, language, kind, "behaviour")
        assert found.text != text
        assert run(found.text, language, tmp_path / kind) == before, f"{kind}: {found.changes}"


def parses(text: str, language: Language) -> bool:
    try:
        parse(text, language)
    except NotApplicableError:
        return False
    return True


@pytest.mark.parametrize("language", list(Language))
def test_perturbations_one_upon_the_other_still_parse(language: Language) -> None:
    text = source(language)
    for kind in KINDS:
        text = perturb(text, language, kind, 7).text
        assert parses(text, language), kind


@pytest.mark.parametrize("language", [Language.PYTHON, Language.RUBY, Language.JAVASCRIPT, Language.C])
def test_all_perturbations_together_leave_what_a_program_prints(language: Language, tmp_path: Path) -> None:
    missing = RUNTIMES[language].missing
    if missing:
        pytest.skip(f"{language} cannot be run: {', '.join(missing)} not installed")
    text = source(language)
    before = run(text, language, tmp_path / "before")
    for kind in KINDS:
        text = perturb(text, language, kind, 7).text
    assert run(text, language, tmp_path / "after") == before


@pytest.mark.parametrize("language", list(Language))
def test_most_local_names_of_the_programs_are_renamed(language: Language) -> None:
    """So that the test above tests something: the tables know the places where these languages put names."""
    assert perturb(source(language), language, "rename").edits >= 30
