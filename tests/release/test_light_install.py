"""Without torch and transformers, as without extras: what only reads works, what scores says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from without import Told, run_without

import crb as package

RESULTS = Path(__file__).resolve().parents[2] / "results"
SCORING = ("torch", "transformers", "accelerate", "gguf", "safetensors")
READING = {
    "help": ["--help"],
    "version": ["--version"],
    "report": ["report", "run"],
    "doctor of a run": ["doctor", "run"],
    "doctor of results": ["doctor", RESULTS, "--brief", "--fail-on", "never"],
    "doctor of the machine": ["doctor", "env"],
    "compare": ["compare", "Themis-RM-32B", "Themis-RM-14B", "--results", RESULTS],
    "export": ["export", "--results", RESULTS, "--format", "latex"],
    "models": ["models"],
    "adapters": ["adapters"],
    "benchmarks": ["benchmarks", "crb-mini"],
    "prompts": ["prompts", "list"],
    "diagnose": ["diagnose", "run"],
    "results list": ["results", "list", "--results", RESULTS],
    "results add": ["results", "add", "run", "--results", "board"],
    "results validate": ["results", "validate", RESULTS],
    "leaderboard export": ["leaderboard", "export", "site", "--results", RESULTS],
}
pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def told(tiny_llama: Path, sixty_pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """Each command's end, in a folder with a finished run."""
    home = tmp_path_factory.mktemp("light")
    package.evaluate(str(tiny_llama), sixty_pairs, dtype="float32", out=home / "run")
    return dict(zip(READING, run_without(SCORING, *READING.values(), cwd=home), strict=True))


@pytest.mark.parametrize("what", READING)
def test_what_only_reads_works(told: dict[str, Told], what: str) -> None:
    assert told[what].code == 0, told[what].err
    assert told[what].out.strip()
    assert "Traceback" not in told[what].err


def test_the_doctor_tells_how_to_get_the_rest(told: dict[str, Told]) -> None:
    assert "pip install 'code-reward-bench[score]'" in told["doctor of the machine"].out


def test_what_scores_names_the_extra_before_anything_is_fetched(tmp_path: Path) -> None:
    commands = (
        ["run", "crb-tiny", "--benchmark", "crb-mini"],
        ["run", "somebody/a-model-of-many-gigabytes", "--benchmark", "crb-mini"],
        ["adapters", "check", "crb-tiny"],
    )
    for told in run_without(SCORING, *commands, cwd=tmp_path):
        assert told.code == 2, told
        assert "is not installed" in told.err
        assert "pip install 'code-reward-bench[score]'" in told.err
    assert list(tmp_path.iterdir()) == []


def test_a_judge_behind_an_endpoint_needs_none_of_it(tmp_path: Path) -> None:
    judge = ["run", "some/judge", "--adapter", "judge", "--endpoint", "http://localhost:1/v1", "--patience", "0.1"]
    (told,) = run_without(SCORING, [*judge, "--benchmark", "crb-mini", "--limit", "1"], cwd=tmp_path)
    assert told.code in (2, 3), told.err  # nobody listens there
    assert "is not installed" not in told.err


def test_the_same_holds_in_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("crb.packages.find_spec", lambda name: None)
    for call in (
        lambda: package.evaluate("crb-tiny", "crb-mini", limit=1, out=tmp_path / "run"),
        lambda: package.score("crb-tiny", "a", ["b", "c"], dtype="float16"),
    ):
        with pytest.raises(package.CrbError, match="is not installed") as caught:
            call()
        assert caught.value.todo == "pip install 'code-reward-bench[score]'"
