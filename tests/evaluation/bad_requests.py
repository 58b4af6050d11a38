"""Bad requests: names, limits and folders that cannot be used."""

from __future__ import annotations

from pathlib import Path

from bad_place import Case, Place
from lite_copy import write_copy

from crb.evaluation.prepare import Settings, prepare
from crb.readings import Reading
from crb.runs.codecs import READING_LINES
from crb.runs.folder import write_run
from crb.runs.journal import Journal

BUSY = "another process is writing this run"  # how it comes about is for test_kept.py
NOTHING = "nothing could be compared: ..."  # said after the results: test_empty.py
POSITIONS = "the model has learned positions for ... tokens"  # of encoders: tests/adapters/test_encoder.py


def option(says: str, *arguments: str, near: str = "") -> Case:
    return Case(says, lambda place: place.run(*arguments), (near,))


def out_is_a_file(place: Place) -> list[str]:
    (place.home / "file").touch()
    return place.run("--out", place.home / "file")


def out_is_below_a_file(place: Place) -> list[str]:
    (place.home / "file").touch()
    return place.run("--out", place.home / "file" / "run")


def journal_of_another_configuration(place: Place) -> list[str]:
    with Journal(place.out / "journal.jsonl", "f" * 16, READING_LINES) as journal:
        journal.append({("pair-0", "chosen"): Reading.of(1.0)})
    return place.run()


def damaged_journal(place: Place) -> list[str]:
    settings = Settings(model=str(place.model), benchmark=str(place.pairs()), out=place.out)
    path = place.out / "journal.jsonl"
    with Journal(path, prepare(settings).config.fingerprint, READING_LINES) as journal:
        journal.append({("pair-0", "chosen"): Reading.of(1.0)})
    header, line = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([header, line[:-5], line, b""]))
    return place.run()


def run_of_another_configuration(place: Place) -> list[str]:
    settings = Settings(model=str(place.model), benchmark=str(place.pairs()), out=place.out)
    config = prepare(settings).config
    document = {
        "schema": 1,
        "fingerprint": config.fingerprint,
        "config": config.model_dump(mode="json"),
        "sessions": [],
    }
    write_run(place.out, document)
    with Journal(place.out / "journal.jsonl", config.fingerprint, READING_LINES) as journal:
        journal.append({("pair-0", "chosen"): Reading.of(1.0)})
    return place.run("--prompts", "full")


def damaged_run(place: Place) -> list[str]:
    place.out.mkdir()
    (place.out / "run.json").write_text('{\n"schema":')
    return place.run()


def somebody_elses_run(place: Place) -> list[str]:
    place.out.mkdir()
    (place.out / "run.json").write_text('{"schema": 0}')
    return place.run()


def no_run(place: Place) -> list[str]:
    return ["report", str(Path(place.home))]


def ids(says: str, text: str, where: str) -> Case:
    def make(place: Place) -> list[str]:
        (place.home / "ids.txt").write_text(text)
        return place.run("--items", place.home / "ids.txt")

    return Case(says, make, (where,))


def copy_without_the_coreset(place: Place) -> list[str]:
    return place.run("--items", "lite", pairs=f"crb:{write_copy(place.home / 'copy.jsonl', lacking=5)}")


BAD_REQUESTS = {
    "coreset of another benchmark": option("the coreset ... is of pairs of the benchmark", "--items", "lite"),
    "copy without the coreset": Case(
        "the copy has ... of the ... pairs of the coreset",
        copy_without_the_coreset,
        ("copy.jsonl", "475 of the 500", "Memory efficiency 35 of 40"),
    ),
    "no file of ids": option("the ids cannot be read: ...", "--items", "nowhere.txt", near="nowhere.txt"),
    "ids of nothing": ids("the file names no id", "\n", "ids.txt"),
    "an id twice": ids("the id ... stands in row ... already", "pair-0\npair-0\n", "row 2"),
    "an id that is not there": ids("the id ... is not in the benchmark", "pair-0\npear-1\npair-1\n", "row 2"),
    "unknown adapter": option(
        "unknown adapter ...", "--adapter", "sequence-clasifier", near="did you mean sequence-classifier?"
    ),
    "unknown engine": option("Invalid value for '--engine'", "--engine", "padde", near="'padded'"),
    "unknown dtype": option("Invalid value for '--dtype'", "--dtype", "flaot32", near="'float32'"),
    "unknown prompts": option("unknown prompt mode ...", "--prompts", "criteria", near="did you mean criterion?"),
    "unknown prompt set": option("unknown prompt set ...", "--prompts", "themiss:full", near="crb prompts import"),
    "criterion asked for": option("unknown criterion ...", "--criterion", "securty", near="security_hardness"),
    "language asked for": option("unknown language ...", "--language", "Pyton", near="Python"),
    "subset asked for": option("unknown subset ...", "--subset", "LEFTT", near="LEFT"),
    "no room": option("the maximum length leaves no room", "--max-length", "1", near="--max-length"),
    "no budget": option("the token budget must be positive", "--token-budget", "0", near="--token-budget"),
    "verified less than none": option(
        "the number of responses to verify must not be negative", "--verify-batching", "-3", near="--verify-batching"
    ),
    "remote code of another model": option(
        "remote code was allowed for ...", "--trust-remote-code", "org/model@abc", near="--trust-remote-code"
    ),
    "long prompt": option(
        "the prompt takes ... tokens", "--max-length", "20", near="mine.jsonl, item 'pair-0' (number 1"
    ),
    "out is a file": Case("Invalid value for '--out'", out_is_a_file, ("file",)),
    "out is below a file": Case("cannot write: ...", out_is_below_a_file, ("file/run", "--out")),
    "journal of another configuration": Case(
        "the journal belongs to another configuration", journal_of_another_configuration, ("journal.jsonl", "row 1")
    ),
    "run of another configuration": Case(
        "this folder holds a run of another configuration: ...",
        run_of_another_configuration,
        ("run.json", "prompts: 'none' there, 'full' now"),
    ),
    "damaged journal": Case("the journal is damaged: ...", damaged_journal, ("journal.jsonl", "row 2")),
    "damaged run": Case("the file is not JSON: ...", damaged_run, ("run.json", "row 2")),
    "somebody else's run": Case("not one that this version of crb wrote", somebody_elses_run, ("run.json",)),
    "no run": Case("this is not a run directory", no_run),
}
