"""`crb rerank`: put completions of your own in the order of a reward model's scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crb.errors import CrbError

if TYPE_CHECKING:
    from crb.evaluation.one_off import Scored
    from crb.evaluation.ranking import Questions

app = typer.Typer(help="Rank completions of your own by a reward model.")

_LISTED = 10  # questions in the table; --json and the scores hold all
_SHOWN = 34  # characters of a completion


@app.command(epilog="Example: crb rerank crb-tiny --completions completions.jsonl --top 1")
def rerank(
    model: Annotated[
        str, typer.Argument(help="A folder, a hub id (org/name[@revision]) or crb-tiny.", show_default=False)
    ],
    completions: Annotated[
        Path,
        typer.Option(
            help="JSONL, JSON or Parquet: prompt and completions, or prompt and completion.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Write the scores here: .jsonl or .parquet.", show_default="FILE.scores.jsonl", dir_okay=False
        ),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="Completions shown per question.")] = 3,
    prompts: Annotated[
        str, typer.Option(help="System prompts: none, full, criterion, or SET:full, SET:criterion.")
    ] = "none",
    adapter: Annotated[str | None, typer.Option(help="Overrule the adapter that config.json leads to.")] = None,
    dtype: Annotated[str, typer.Option(help="Number format of the backbone; auto is the checkpoint's own.")] = "auto",
    engine: Annotated[str, typer.Option(help="auto: prefix trees where the model can run them.")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, ...")] = "auto",
    max_length: Annotated[
        int | None, typer.Option(help="Longest text in tokens; by default the model's own limit.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Rank the completions of each question; with pass rates in the file, also say how good the ranking is.

    A row holds a prompt and a list of completions, or one completion, rows of one prompt being one question; `id`,
    `language` and pass rates (`pass_rates`, or `num_passed` and `num_failed`) are optional. All completions of a
    question share the computation of its prompt. Every completion's score and rank is written to --out.
    """
    from rich.console import Console

    from crb.evaluation.one_off import score_items
    from crb.evaluation.ranking import read_questions
    from crb.prompts import PromptMode, load_prompt_set, parse_choice
    from crb.tables import check_table, write_table

    out = out or Path(f"{completions.stem}.scores.jsonl")
    check_table(out, "--out", source=completions)
    questions = read_questions(completions)
    name, mode = parse_choice(prompts)
    chosen = None if mode is PromptMode.NONE else load_prompt_set(name)
    with Console(stderr=True).status(f"scoring {sum(len(item.candidates) for item in questions.items):,} completions"):
        scored = score_items(
            model,
            questions.items,
            system=lambda item: None if chosen is None else chosen.system(mode, item.criterion),
            adapter=adapter,
            dtype=dtype,
            engine=engine,
            device=device,
            max_length=max_length,
            source=questions.source,
        )
    rows = _rows(questions, scored)
    write_table(out, rows)
    figures = _figures(questions, scored)
    if as_json:
        document = {
            "model": model,
            "completions": str(completions),
            "out": str(out),
            "questions": len(questions.items),
            "scored": sum(row["score"] is not None for row in rows),
            "unscored": sum(row["score"] is None for row in rows),
            "tied_first": _tied(rows),
            "tokens": {"submitted": scored.tokens_submitted, "computed": scored.tokens_computed},
            "metric": figures,
            "notes": list(questions.notes),
            "ranking": _document(rows),
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _show(questions, rows, scored, figures, out, top)
    _check_scored(rows, out)


def _check_scored(rows: list[dict[str, Any]], out: Path) -> None:
    """Refuse a ranking in which not one completion has a score: a program would take the order of the file for one.

    Raises:
        CrbError: so, with the commonest reason.
    """
    from collections import Counter

    from crb.evaluation.unscored import STEPS

    if not rows or any(row["score"] is not None for row in rows):
        return
    reason = Counter(row["reason"] or "no reason given" for row in rows).most_common(1)[0][0]
    raise CrbError(
        f"no completion has a score: {reason}",
        where=f"file {out}; it is written, and its ranks say nothing",
        todo=next((step for part, step in STEPS if part in reason), "try another adapter with --adapter"),
    )


def _rows(questions: Questions, scored: Scored) -> list[dict[str, Any]]:
    """A row per completion: question, place in the file (from 0), rank, score, status, reason, pass rate."""
    from crb.evaluation.ranking import ranked

    return [
        {
            "id": item.id,
            "completion": place,
            "rank": rank,
            "score": reading.score,
            "status": reading.status.value,
            "reason": reading.reason,
            "pass_rate": item.candidates[place].grade if questions.graded else None,
        }
        for item in questions.items
        for rank, place, reading in ranked(item, scored.readings)
    ]


def _document(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["id"], []).append({key: value for key, value in row.items() if key != "id"})
    return found


def _tied(rows: list[dict[str, Any]]) -> int:
    """How many questions have several first ones."""
    from collections import Counter

    return sum(count > 1 for count in Counter(row["id"] for row in rows if row["rank"] == 1).values())


def _figures(questions: Questions, scored: Scored) -> dict[str, Any] | None:
    from crb.metrics.reranking import Reranking

    return Reranking().measure(questions.items, scored.readings).as_json() if questions.graded else None


def _show(
    questions: Questions,
    rows: list[dict[str, Any]],
    scored: Scored,
    figures: dict[str, Any] | None,
    out: Path,
    top: int,
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from crb.report.names import printable

    console = Console(highlight=False)
    texts = {(item.id, place): one.text for item in questions.items for place, one in enumerate(item.candidates)}
    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("question", "rank", "completion", "score", "pass rate", "text"):
        side = "left" if column in ("question", "text") else "right"
        table.add_column(column, justify=side, overflow="ellipsis", no_wrap=True)  # type: ignore[arg-type]
    for id in [item.id for item in questions.items][:_LISTED]:
        for row in [row for row in rows if row["id"] == id][:top]:
            score = row["status"] if row["score"] is None else f"{row['score']:.4f}"
            grade = "-" if row["pass_rate"] is None else f"{100 * row['pass_rate']:.0f}%"
            line = " ".join(texts[id, row["completion"]].split())[:_SHOWN]
            rank = "-" if row["rank"] is None else str(row["rank"])
            table.add_row(printable(id), rank, str(row["completion"]), score, grade, printable(line))
    console.print(table)
    if len(questions.items) > _LISTED:
        console.print(f"... and {len(questions.items) - _LISTED:,} more questions: --json or {out} lists them all.")
    for figure in (figures or {}).get("figures", [])[:7]:
        if figure["value"] is not None:
            value = f"{100 * figure['value']:.1f}%" if figure["unit"] == "share" else f"{figure['value']:.3f}"
            console.print(f"{figure['title']:36} {value}  (n={figure['n']:,})")
    for note in (*questions.notes, *(figures or {}).get("notes", [])):
        console.print(f"note: {note}", soft_wrap=True)
    unscored = sum(row["score"] is None for row in rows)
    if unscored:
        console.print(
            f"note: {unscored:,} completions have no score; they rank last, and --out says why", soft_wrap=True
        )
    if tied := _tied(rows):
        console.print(f"note: {tied:,} questions have several completions with the best score", soft_wrap=True)
    share = scored.tokens_submitted / max(scored.tokens_computed, 1)
    console.print(
        f"\n{scored.tokens_computed:,} tokens computed of {scored.tokens_submitted:,}: {share:.1f} times fewer"
    )
    console.print(Text(f"scores  {printable(str(out))}"), soft_wrap=True)
