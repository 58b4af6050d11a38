"""What is checked of a finished slice: on its rows alone, whatever the stages before it promise.

A check has passed, warns, has failed, or was not done; it says what it found and what it wanted. Stages reject what
they find, so a failure here means that a stage was left out or its limits were loosened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Literal

from crb.errors import MissingPackageError
from crb.statistics.intervals import wilson
from crb.vocabulary import Language
from crb_builders.freshness.window import WindowSettings, spelled
from crb_builders.stage import Row

FEWEST = 50
"""Pairs of a criterion or language below which a figure is marked, as in reports."""
FAR = 0.10
"""From one half: how often the longer response may be the chosen one."""
UNCLEAR = 0.25
"""Of the votes of judges: ties, and answers without a verdict."""
NOT_CHECKED = (
    "that a chosen response is right: nothing was executed, and a pair says only that the commit's author replaced the "
    "one by the other",
    "that the criterion is the commit's: it comes from words of the message, and where there were enough examples from "
    "a classifier that learned from them",
    "what stood outside of the given clones before the window: other repositories, forks, issues, mails, chats, "
    "packages, and branches that nobody fetched",
    "that the clock of a committer was right, beyond the order of the commits",
    "that no program wrote the commit",
)

Verdict = Literal["passed", "warning", "failed", "not checked"]


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found.

    Attributes:
        name: of the check.
        verdict: what came of it.
        found: the figures, JSON-ready.
        text: one sentence for people.
    """

    name: str
    verdict: Verdict
    found: Mapping[str, Any]
    text: str

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def checks(rows: Sequence[Row], settings: WindowSettings) -> list[Check]:
    """All checks of a slice's rows, in the order in which they are told."""
    return [
        _twice(rows, "ids", "id"),
        _twice(rows, "prompts", "prompt"),
        _none_of(
            "responses",
            [row["id"] for row in rows if row["chosen"].split() == row["rejected"].split()],
            "pairs whose responses differ in blanks alone",
        ),
        _parsing(rows),
        _none_of(
            "window",
            [row["id"] for row in rows if not settings.has(row["unix_time"])],
            f"pairs whose commit is not dated {spelled(settings)}",
        ),
        _none_of(
            "unseen",
            [row["id"] for row in rows if row["author_time"] is None],
            "pairs that were not held against the history before the window",
        ),
        _apart(rows),
        _counts("criteria", Counter(row["aspect"] for row in rows)),
        _counts("languages", Counter(row["language"] for row in rows)),
        _length(rows),
        _votes(rows),
    ]


def _none_of(name: str, ids: Sequence[str], what: str) -> Check:
    verdict: Verdict = "failed" if ids else "passed"
    return Check(name, verdict, {"count": len(ids), "first": list(ids[:5])}, f"{len(ids)} {what}")


def _twice(rows: Iterable[Row], name: str, column: str) -> Check:
    seen: set[str] = set()
    again: list[str] = []
    for row in rows:
        if row[column] in seen:
            again.append(row["id"])
        seen.add(row[column])
    return _none_of(name, again, f"pairs with the {column} of another")


def _parsing(rows: Sequence[Row]) -> Check:
    from crb_builders.cleaning.trees import measure

    try:
        broken = [
            row["id"]
            for row in rows
            if any(measure(row[side], Language(row["language"])).broken for side in ("chosen", "rejected"))
        ]
    except MissingPackageError as error:
        return Check("syntax", "not checked", {}, f"no response was parsed: {error.what}")
    return _none_of("syntax", broken, "pairs with a response that does not parse")


def _apart(rows: Sequence[Row]) -> Check:
    columns = ("old_cluster", "new_cluster")
    if any(row.get(column) is None for row in rows for column in columns):
        return Check("near-duplicates", "not checked", {}, "no stage looked for near-duplicates")
    sizes = [Counter(row[column] for row in rows) for column in columns]
    again = [
        row["id"] for row in rows if any(count[row[column]] > 1 for count, column in zip(sizes, columns, strict=True))
    ]
    return _none_of("near-duplicates", again, "pairs that share a cluster of near-duplicates with another")


def _counts(name: str, counts: Counter[str]) -> Check:
    few = {value: n for value, n in sorted(counts.items()) if n < FEWEST}
    found = {"counts": dict(counts.most_common()), "fewest": FEWEST}
    told = ", ".join(f"{value} {n}" for value, n in few.items())
    return Check(name, "warning" if few else "passed", found, f"below {FEWEST} pairs: {told or 'none'}")


def _length(rows: Sequence[Row]) -> Check:
    """How often the longer response is chosen; equal lengths are half a success."""
    gaps = [len(row["chosen"]) - len(row["rejected"]) for row in rows]
    share = fmean([(gap > 0) + 0.5 * (gap == 0) for gap in gaps])
    low, high = (float(limit) for limit in wilson(share, len(gaps)))
    found = {"share": round(share, 4), "interval": [round(low, 4), round(high, 4)], "far": FAR}
    text = f"the longer response is the chosen one in {share:.1%} [{low:.1%}, {high:.1%}] of {len(gaps)} pairs"
    return Check("length", "warning" if abs(share - 0.5) > FAR else "passed", found, text)


def _votes(rows: Sequence[Row]) -> Check:
    asked = [row for row in rows if row.get("votes_for") is not None]
    if not asked:
        return Check("labels", "not checked", {"asked": 0}, "no judge was asked: labels come from the commits alone")
    total: Callable[[str], int] = lambda kind: sum(row[f"votes_{kind}"] for row in asked)  # noqa: E731
    unclear = total("tie") + total("none")
    votes = unclear + total("for") + total("against")
    share = unclear / votes if votes else 1.0
    found = {"asked": len(asked), "pairs": len(rows), "votes": votes, "unclear": unclear, "share": round(share, 4)}
    text = f"{share:.1%} of {votes} votes on {len(asked)} of {len(rows)} pairs are ties or no verdict"
    return Check("labels", "warning" if share > UNCLEAR else "passed", found, text)
