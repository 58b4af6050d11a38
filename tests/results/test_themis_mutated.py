"""Mutated files of the published layout: refused with file and place, or imported with the figures of what they hold.

The other model in the folder comes in whatever was done to the first.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import HOSTILE, mutated
from result_doubles import published_table, small_benchmark, write_published

from crb.errors import DataError
from crb.results.themis import pairs as themis_pairs
from crb.results.themis.comparing import column_disagreements, figure_disagreements
from crb.results.themis.pairs import Reference
from crb.results.themis.printed import read_printed
from crb.results.themis.reading import ThemisModel, read_pairs
from crb.statistics.cells import cells, roll_up
from crb.statistics.summary import summarise

Read = TypeVar("Read")

TABLE = published_table()
LABELS = ("language", "aspect", "subset")
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
HARMFUL = [text for text in HOSTILE if text.isascii() or "\ud800" not in text]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThemisModel]:
    """A sound model on a benchmark of sixty pairs."""
    folder = write_published(tmp_path_factory.mktemp("themis") / "sound", published_table(seed=1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(themis_pairs, "known", lambda name: small_benchmark(TABLE))
        yield ThemisModel(
            folder, "sound", *read_pairs(folder / "scores.parquet"), read_printed(folder / "results.json")
        )


@st.composite
def mutated_table(draw: st.DrawFn) -> bytes:
    """The bytes of a scores.parquet to which something was done."""
    table = TABLE.copy()
    row, other = draw(st.integers(0, 59)), draw(st.integers(0, 59))
    column = draw(st.sampled_from(list(table.columns)))
    kind = draw(
        st.sampled_from(
            ["drop", "rename", "type", "score", "label", "id", "rows", "swap", "printed", "cut", "bytes", "index"]
        )
    )
    if kind == "drop":
        table = table.drop(columns=column)
    elif kind == "rename":
        table = table.rename(columns={column: draw(st.sampled_from(["id", "Score", *table.columns, *HARMFUL[:3]]))})
    elif kind == "type":
        others = {"str": table[column].astype(str), "int64": range(60), "bool": [True] * 60, "null": [None] * 60}
        others |= {"category": table[column].astype("category"), "lists": [[1.0]] * 60, "dates": pd.Timestamp(0)}
        table[column] = others[draw(st.sampled_from(sorted(others)))]
    elif kind == "score":
        score = draw(st.sampled_from([np.nan, np.inf, -np.inf, 1e308, -1e308, 5.6e8, 0.0, -0.0]))
        table.iloc[row, table.columns.get_loc(draw(st.sampled_from(["chosen_score", "rejected_score"])))] = score
    elif kind == "label":
        name = draw(st.sampled_from(LABELS))
        values = [*table[name].unique(), *HARMFUL, None]
        table.iloc[row, table.columns.get_loc(name)] = draw(st.sampled_from(values))
    elif kind == "id":
        names = list(table.index)
        names[row] = draw(st.sampled_from([names[other], "foreign", *HARMFUL]))
        table.index = pd.Index(names, name="id")
    elif kind == "rows":
        table = table.iloc[draw(st.lists(st.integers(0, 59), max_size=70))]
    elif kind == "swap":
        values = table[column].to_numpy(copy=True)
        values[[row, other]] = values[[other, row]]
        table[column] = values
    elif kind == "printed":
        table.iloc[row, table.columns.get_loc("correct")] ^= True
        table.iloc[other, table.columns.get_loc("score_diff")] = draw(st.sampled_from([np.nan, 7.5, 1e300]))
    elif kind == "index":
        table = table.reset_index(drop=draw(st.booleans()))
    buffer = io.BytesIO()
    try:
        table.to_parquet(buffer)
    except (ValueError, UnicodeEncodeError):  # half a surrogate pair, or a name twice, cannot be written at all
        return b""
    content = buffer.getvalue()
    if kind == "cut":
        return content[: draw(st.integers(0, len(content) - 1))]
    if kind == "bytes":
        place = draw(st.integers(0, len(content) - 1))
        return content[:place] + bytes([draw(st.integers(0, 255))]) + content[place + 1 :]
    return content


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=QUIET)
@given(content=mutated_table())
def test_mutated_scores_are_refused_or_counted(sound: ThemisModel, content: bytes) -> None:
    folder = sound.folder.parent / "mutated"
    folder.mkdir(exist_ok=True)
    (folder / "scores.parquet").write_bytes(content)
    read, fault = attempt(lambda: read_pairs(folder / "scores.parquet"))
    if read is not None:
        model = ThemisModel(folder, "mutated", *read, {})
        reference = Reference([model, sound])
        assert "sound" not in reference.faults
        assert counts(reference.place(sound)[0])["right"] == int(published_table(seed=1)["correct"].sum())
        fault = reference.faults.get("mutated")
    if fault is not None:
        assert fault.file == str(folder / "scores.parquet")
        assert fault.row is not None or fault.field is not None or "Parquet" in fault.what or "rows" in fault.what
        assert fault.todo
        assert str(fault).replace("\n", "").isprintable()
        return
    # Without pandas' own notes in the file: bytes that changed there change no row.
    table = pq.read_table(io.BytesIO(content)).replace_schema_metadata(None).to_pandas().set_index("id")
    chosen, rejected = table["chosen_score"].astype(float), table["rejected_score"].astype(float)
    finite = np.isfinite(chosen) & np.isfinite(rejected)
    pairs, missing = reference.place(model)
    assert counts(pairs) == {
        "n": 60,
        "right": int((finite & (chosen > rejected)).sum()),
        "wrong": int((finite & (chosen < rejected)).sum()),
        "tie": int((finite & (chosen == rejected)).sum()),
        "invalid": 60 - int(finite.sum()),
    }
    assert set(pairs.index) == set(TABLE.index)
    assert set(missing) == set(TABLE.index) - set(table.index)
    told = {differ.key: differ.rows for differ in column_disagreements(model.pairs, model.printed)}
    assert told.get("correct", 0) == int((table["correct"].astype(bool) != (finite & (chosen > rejected))).sum())


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_mutated_figures_are_refused_or_disagree(sound: ThemisModel, data: st.DataObject) -> None:
    document = sound.results
    content, path, _ = data.draw(mutated(document))
    file = sound.folder.parent / "results.json"
    file.write_bytes(content)
    printed, fault = attempt(lambda: read_printed(file))
    if printed is None:
        assert fault is not None
        assert fault.file == str(file)
        assert fault.field is not None or "JSON" in fault.what or "UTF-8" in fault.what
        assert str(fault).replace("\n", "").isprintable()
        return
    recomputed = summarise(sound.pairs)
    told = {one.key for one in figure_disagreements(printed, recomputed)}
    for place in paths_of(document):
        before, after = value_at(document, place), value_at(printed, place)
        if before != after and type(before) in (int, float):
            assert ".".join(place) in told or abs(float(before) - float(after or 0)) < 1e-4, (place, path)


def attempt(read: Callable[[], Read]) -> tuple[Read | None, DataError | None]:
    """What was read, or why it is refused."""
    try:
        return read(), None
    except DataError as error:
        return None, error


def counts(pairs: pd.DataFrame) -> dict[str, int]:
    """n and the four outcomes over all pairs."""
    return {name: int(count) for name, count in roll_up(cells(pairs), "overall").iloc[0].items()}


def paths_of(document: dict[str, object]) -> list[tuple[str, ...]]:
    """Places of the figures of a results.json."""
    found: list[tuple[str, ...]] = []
    for key, value in document.items():
        found += [(key, *rest) for rest in paths_of(value)] if isinstance(value, dict) else [(key,)]
    return found


def value_at(document: object, place: tuple[str, ...]) -> object:
    """The value at a place, None where there is none."""
    for key in place:
        document = document.get(key) if isinstance(document, dict) else None
    return document
