"""From a question and a recipe to a grid that is checked: every recipe read, the benchmark loaded, nothing trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from crb.benchmarks import load_benchmark
from crb.errors import UsageError
from crb.vocabulary import Criterion, Language
from crb_trainers.recipe import Recipe, read_recipe
from crb_trainers.settings import HELD_OUT
from crb_trainers.studies.grid import Question, study
from crb_trainers.studies.running import Grid

if TYPE_CHECKING:
    from crb.benchmarks.base import Benchmark

Word = TypeVar("Word", Language, Criterion)


def prepare(
    question: Question,
    where: str,
    overrides: Sequence[str] = (),
    *,
    only: Sequence[str] = (),
    without_pretraining: str | None = None,
) -> Grid:
    """The grid of a question.

    Args:
        question: what is asked.
        where: a recipe's path or shipped name.
        overrides: for every cell.
        only: keep only these cells (and what they need).
        without_pretraining: see `crb_trainers.studies.grid.study`.

    Raises:
        CrbError: a recipe of the grid cannot be, or there is nothing to evaluate on.
    """
    base = read_recipe(where, overrides)
    whole = study(
        question,
        languages=_left(Language, base.data.languages, base.data.without_languages),
        criteria=_left(Criterion, base.data.criteria, base.data.without_criteria),
        without_pretraining=without_pretraining,
    )
    chosen = whole.only(only) if only else whole
    recipes = {cell.name: read_recipe(where, [*overrides, *cell.overrides]) for cell in chosen.cells}
    return Grid(chosen, recipes, _benchmark(base))


def _left(words: type[Word], kept: Sequence[str], left_out: Sequence[str]) -> tuple[Word, ...]:
    """What a recipe's filters leave of a vocabulary, in its order."""
    wanted = {words.parse(name) for name in kept} or set(words)
    refused = {words.parse(name) for name in left_out}
    return tuple(word for word in words if word in wanted and word not in refused)


def _benchmark(recipe: Recipe) -> Benchmark:
    settings = recipe.evaluation
    if settings.benchmark is None:
        raise UsageError(
            "a study needs a benchmark: all of its models are compared on the same pairs",
            where=f"recipe {recipe.name}, field 'evaluation.benchmark'",
            todo="add evaluation.benchmark=NAME_OR_PATH, or evaluation.benchmark=held-out with data.held_out=0.1",
        )
    whole = _held_out(recipe) if settings.benchmark == HELD_OUT else load_benchmark(settings.benchmark)
    return whole.select(criteria=settings.criteria, languages=settings.languages, limit=settings.limit)


def _held_out(recipe: Recipe) -> Benchmark:
    """What the reference holds out. A pair is held out by its prompt, so every cell has held out its part of these."""
    from crb.benchmarks.base import Benchmark
    from crb.items import Item
    from crb_trainers.data.pairs import read_pairs

    items: list[Item] = []
    for pair in read_pairs(recipe.data, seed=recipe.seed).held_out:
        criterion, language = Criterion.parse(pair.criterion), Language.parse(pair.language)
        if criterion is not None and language is not None:
            items.append(
                Item.pair(pair.id, pair.prompt, pair.chosen, pair.rejected, criterion=criterion, language=language)
            )
    if not items:
        raise UsageError(
            "the recipe holds out no pair of a known criterion and language",
            where=f"recipe {recipe.name}, field 'data.held_out'",
            todo="add data.held_out=0.1, or evaluation.benchmark=NAME_OR_PATH",
        )
    return Benchmark.of(HELD_OUT, items, f"recipe {recipe.name}")
