"""What `crb run` and `crb reread` print of a run: a table for people, a document for programs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crb.runs import Run


def document(run: Run) -> dict[str, Any]:
    """What `crb run --json` prints: where the run lies, its accuracies with 95% intervals, rates, cost and speed."""
    figures = run.results["crb"]
    sessions = run.document["sessions"]
    costs = [session["dollars"] for session in sessions if session.get("dollars") is not None]
    seconds = sum(session["seconds"] for session in sessions)
    scored = sum(session["items"] for session in sessions)
    of_pairs = (
        {
            "accuracy": figures["overall"]["micro"],
            "tie_rate": figures["tie_rate"],
            "invalid_rate": figures["invalid_rate"],
            "counts": figures["counts"],
        }
        if run.of_pairs
        else {}
    )
    return {
        "run": str(run.path),
        "status": run.document["status"],
        "model": run.config["model"],
        "benchmark": run.config["benchmark"],
        "prompts": run.config["prompts"],
        "fingerprint": run.fingerprint,
        "n": run.document["n"],
        **of_pairs,
        **{name: figures[name] for name in ("metric", "prediction") if name in figures},
        "statuses": figures["statuses"],
        "resolution": figures["resolution"],
        "judge": run.judged,
        "dollars": sum(costs) if costs else None,
        "seconds": round(seconds, 3),
        "pairs_per_second" if run.of_pairs else "items_per_second": round(scored / seconds, 3) if seconds else None,
        "notes": [note for session in run.document["sessions"] for note in session["notes"]],
    }


def show_run(run: Run) -> None:
    """Print the overview of a run, where it lies, and what to do next."""
    from rich.console import Console

    from crb.report.build import build
    from crb.report.choices import View
    from crb.report.formats import show

    console = Console()
    show(build(run, View.OVERVIEW), console)
    console.print(f"\nrun   {run.path}", highlight=False, soft_wrap=True)
    place = shlex.quote(str(run.path))
    by = " --by subset" if run.of_pairs else " --format json"
    console.print(f"next  crb report {place}{by}", highlight=False, soft_wrap=True)
    then = "crb run YOUR_MODEL --benchmark crb-mini" if run.document.get("embedded") else f"crb doctor {place}"
    console.print(f"      {then}", highlight=False, soft_wrap=True)
