"""The published models' cards: all there, valid, equal to the paper's table, and run by adapters that exist."""

from __future__ import annotations

import csv
import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from crb.errors import DataError, UsageError
from crb.models.cards import covered_by, find, parse, published, select
from crb.models.source import adapters

FACTS = Path(__file__).resolve().parents[2] / ".." / "shared" / "paper" / "models.csv"
COLUMNS = {
    "name": "run_dir",
    "hub_id": "hub_id",
    "hub_id_in_paper": "hub_id_in_paper_if_different",
    "size_class": "size_class",
    "style": "type",
    "reference_script": "eval_script",
    "base_family": "base_family",
    "base_family_basis": "base_family_basis",
    "license": "license",
    "license_basis": "license_basis",
    "note": "note",
}
FLAGS = {"generative": "generative_tag", "reasoning": "reasoning_tag"}
FLAGS |= {name: name for name in ("code_rm", "criteria_following", "math_rm", "aux_training_objectives")}


def line(**changes: Any) -> str:
    """A valid line, with these changes."""
    return json.dumps(published()[0].model_dump(mode="json") | changes)


def test_there_are_51_and_no_name_stands_twice() -> None:
    assert len(published()) == len({card.name for card in published()}) == len({c.hub_id for c in published()}) == 51
    assert [card.name.casefold() for card in published()] == sorted(card.name.casefold() for card in published())


def test_the_facts_are_those_of_the_table() -> None:
    if not FACTS.is_file():
        pytest.skip("shared/paper/models.csv is not beside this checkout")
    with FACTS.open(encoding="utf-8", newline="") as file:
        rows = {row["hub_id"]: row for row in csv.DictReader(file)}
    assert rows.keys() == {card.hub_id for card in published()}
    for card in published():
        row = rows[card.hub_id]
        told = {column: getattr(card, name) or "" for name, column in COLUMNS.items()}
        told |= {column: "yes" if getattr(card, name) else "no" for name, column in FLAGS.items()}
        told["paper_tags"] = "|".join(card.paper_tags)
        assert told == {column: row[column] for column in told}, card.name
        assert card.params_b == float(row["params_b"])


def test_every_model_has_an_adapter_of_its_kind_that_is_registered() -> None:
    known, broken = adapters()
    assert not broken
    kinds = {name: adapter.card.kind for name, adapter in known.items()}
    assert {card.name: card.adapter for card in published() if kinds.get(card.adapter) != card.kind} == {}


def test_an_adapter_that_claims_a_published_name_is_the_one_on_its_card() -> None:
    known, _ = adapters()
    for card in published():
        claiming = {
            a.card.name for a in known.values() for pattern in a.card.hub_ids if fnmatchcase(card.hub_id, pattern)
        }
        assert claiming <= {card.adapter}, card.hub_id


def test_every_built_in_adapter_that_claims_names_covers_a_published_model() -> None:
    known, _ = adapters()
    assert {name for name, adapter in known.items() if adapter.card.hub_ids and not covered_by(name)} == set()


@pytest.mark.parametrize("name", ["Themis-RM-8B", "project-themis/themis-rm-8b"])
def test_a_card_is_found_by_name_and_by_hub_id(name: str) -> None:
    assert find(name).params_b == 8.0


def test_an_unknown_name_suggests_near_ones() -> None:
    with pytest.raises(UsageError, match="unknown published model 'Themis-RM-7B'") as caught:
        find("Themis-RM-7B")
    assert "Themis-RM-" in caught.value.where


def test_a_name_like_no_other_gets_a_few_of_the_hundred_and_not_a_screenful() -> None:
    with pytest.raises(UsageError) as caught:
        find("list")
    assert re.fullmatch(r"known: (.+, ){10}and \d\d more", caught.value.where)


def test_kind_and_family_select() -> None:
    assert {card.style for card in select(kind="judge")} == {"generative", "reasoning"}
    assert {card.base_family for card in select(family="llama-3")} == {"Llama-3"}
    assert len(select(kind="scalar")) + len(select(kind="judge")) == 51
    for wrong in ({"kind": "scaler"}, {"family": "Qwen4"}):
        with pytest.raises(UsageError, match="unknown"):
            select(**wrong)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"params_b": 0}, "params_b"),
        ({"params_b": -1.5}, "params_b"),
        ({"stars": 5}, "stars"),
        ({"kind": "oracle"}, "kind"),
        ({"hub_id": "no-owner"}, "hub_id"),
        ({"license": None}, None),
        ({"adapter": None}, "adapter"),
        ({"style": "reasoning"}, None),
    ],
)
def test_a_card_that_is_wrong_is_refused_by_row_and_field(changes: dict[str, Any], field: str | None) -> None:
    other = line(name="other", hub_id="some/other")
    assert len(parse(f"{line()}\n{other}")) == 2
    with pytest.raises(DataError) as caught:
        parse(f"{other}\n{line(**changes)}", file="cards.jsonl")
    assert (caught.value.file, caught.value.row, caught.value.field) == ("cards.jsonl", 2, field)


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(DataError, match="stands twice"):
        parse(f"{line()}\n{line()}")
    with pytest.raises(DataError, match="not JSON"):
        parse("{")


def test_a_card_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        published()[0].params_b = 1.0
