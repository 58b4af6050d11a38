"""The statement beside a slice: its window, whose histories, how much is older, what is not known. JSON and Markdown.

Every sentence of the text stands on a figure of the document; nothing in either hangs on the day of the build.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from crb_builders.days import begin, day_of
from crb_builders.freshness.checks import NOT_CHECKED, Check
from crb_builders.freshness.history import dates, start_of
from crb_builders.freshness.window import Place, WindowSettings, times
from crb_builders.stage import Row

_WHY = (
    "the committer's time: when the commit came to be as it is now. The author's time, which a rebase keeps, must lie "
    "in the window as well"
)
_SHARES = {
    "lines_old": "lines of the chosen response that the rejected one has too",
    "old_seen": "13-grams of the rejected response that stood in the tree before the window",
    "new_seen": "13-grams of the chosen response that stood in the tree before the window",
    "added_seen": "13-grams of the added lines that stood in the tree before the window",
}


def slice_name(settings: WindowSettings, places: Mapping[str, Place]) -> str:
    """`fresh-FIRST-to-LAST`: the window's days, of which none is later than the newest commit of the histories."""
    last = max(day_of(max(times(*place))) for place in places.values())
    if settings.until is not None:
        last = min(last, settings.until - datetime.timedelta(days=1))
    return f"fresh-{settings.since}-to-{last}"


def statement(
    name: str, content_hash: str, rows: Sequence[Row], settings: WindowSettings, places: Mapping[str, Place]
) -> dict[str, Any]:
    """What is known of a slice's freshness, JSON-ready.

    Raises:
        GitError: a history cannot be read.
    """
    pairs = Counter(row["repository"] for row in rows)
    return {
        "format": 1,
        "name": name,
        "content_hash": content_hash,
        "pairs": len(rows),
        "window": {
            "since": str(settings.since),
            "until": str(settings.until) if settings.until else None,
            "date": _WHY,
            "committed": _span([row["unix_time"] for row in rows]),
            "authored": _span([row["author_time"] for row in rows]),
        },
        "repositories": [_repository(name, place, settings, pairs[name]) for name, place in places.items()],
        "older": {column: _share(rows, column, what) for column, what in _SHARES.items()},
        "not_checked": list(NOT_CHECKED),
    }


def _repository(name: str, place: Place, settings: WindowSettings, pairs: int) -> dict[str, Any]:
    since = begin(settings.since)
    found = dates(place.folder, place.head, since)
    return {
        "repository": name,
        "head": place.head,
        "before": start_of(place.folder, place.head, since),
        "commits": sum(settings.has(time) for time in times(*place)),
        "pairs": pairs,
        "back_dated": len(found.back_dated),
        "first_back_dated": list(found.back_dated[:5]),
        "dates_disagree": len(found.contradicted),
    }


def _span(seconds: Sequence[int]) -> list[str]:
    return [_spelled(min(seconds)), _spelled(max(seconds))]


def _spelled(seconds: int) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _share(rows: Sequence[Row], column: str, what: str) -> dict[str, Any]:
    known = [row[column] for row in rows if row[column] is not None]
    return {
        "what": what,
        "mean": round(fmean(known), 4) if known else None,
        "none": sum(share == 0 for share in known),
        "known": len(known),
        "unknown": len(rows) - len(known),
    }


def markdown(document: Mapping[str, Any], checks: Sequence[Check]) -> str:
    """The statement and the checks as a page."""
    span = document["window"]
    ends = f"to before {span['until']}" if span["until"] else "to the heads below"
    lines = [
        f"# {document['name']}\n",
        f"{document['pairs']:,} pairs from commits of {span['since']} {ends}, UTC. Content "
        f"{document['content_hash']}.\n",
        "## Contamination\n",
        f"The oldest commit is of {span['committed'][0]}, the newest of {span['committed'][1]}; the oldest was written "
        f"{span['authored'][0]}. What decides is {span['date']}. No model whose training data ended before "
        f"{span['since']} can have seen these changes, as far as the histories below tell: none of the new contents "
        "stood in a commit before the window, under any path or branch of these clones. Most of what a pair shows is "
        "older all the same; only the change is new:\n",
        "| share, mean over pairs | % | pairs with none | too short to say |",
        "|---|---:|---:|---:|",
        *(
            f"| {one['what']} | {_percent(one['mean'])} | {one['none']:,} | {one['unknown']:,} |"
            for one in document["older"].values()
        ),
        "",
        "| repository | head | last commit before | commits in the window | pairs | dated back | dates disagree |",
        "|---|---|---|---:|---:|---:|---:|",
        *(
            f"| {one['repository']} | {one['head'][:12]} | {(one['before'] or 'none')[:12]} | {one['commits']:,} "
            f"| {one['pairs']:,} | {one['back_dated']:,} | {one['dates_disagree']:,} |"
            for one in document["repositories"]
        ),
        "\n## Checks\n",
        "| check | verdict | found |",
        "|---|---|---|",
        *(f"| {check.name} | {check.verdict} | {check.text} |" for check in checks),
        "\nNot checked:\n",
        *(f"- {what}" for what in document["not_checked"]),
    ]
    return "\n".join(lines) + "\n"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
