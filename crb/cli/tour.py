"""The order in which `crb --help` shows the commands: as one meets them, from a first score to a model of one's own.

A command that is not named here, a stranger's for example, stands under the panel that it asks for, or under the last.
"""

from __future__ import annotations

PANELS = {
    "Score": ("run", "rerank", "reread"),
    "Read": ("report", "diagnose", "doctor"),
    "Compare and cite": ("compare", "export", "leaderboard"),
    "Submit": ("submit", "results", "import"),
    "Build data": ("build", "perturb", "overlap"),
    "Train": ("train", "study"),
    "Inspect": ("benchmarks", "models", "adapters", "prompts"),
}
OTHERS = "More"
_PLACES = {name: (at, panel) for at, (panel, name) in enumerate((p, n) for p, names in PANELS.items() for n in names)}


def in_order(names: list[str]) -> list[str]:
    """The names in the order of the tour; those that are no part of it follow by name."""
    return sorted(names, key=lambda name: (_PLACES[name][0] if name in _PLACES else len(_PLACES), name))


def panel(name: str, asked: str | None = None) -> str:
    """The panel that a command stands under.

    Args:
        asked: the panel that the command names itself.
    """
    return _PLACES[name][1] if name in _PLACES else asked or OTHERS
