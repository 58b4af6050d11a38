"""When a run evaluates, saves and stops: the recipe's numbers, and what the evaluations come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transformers import TrainerCallback

if TYPE_CHECKING:
    from crb_trainers.settings import Recipe
    from crb_trainers.training.history import History
    from crb_trainers.training.trainer import PairTrainer


def interval(every: float, steps: int) -> int:
    """Steps between two events; below 1 `every` is a share of all steps."""
    return max(1, round(every * steps if every < 1 else every))


class Pace(TrainerCallback):
    """Tells the Trainer when."""

    def __init__(self, recipe: Recipe, steps: int, *, evaluates: bool) -> None:
        self._steps = steps
        self._save = interval(recipe.saving.every, steps)
        self._evaluate = interval(recipe.evaluation.every, steps) if evaluates else 0
        self._at_start = evaluates and recipe.evaluation.at_start
        self.trainer: PairTrainer | None = None
        self.history: History | None = None
        self.improved = False

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Before the first step, and where a run goes on: what it began with is evaluated once."""
        if self._at_start and not state.global_step and self.trainer is not None:
            self.trainer.evaluate()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Behind each step of the optimiser."""
        last = state.global_step >= self._steps
        if self._evaluate and (last or state.global_step % self._evaluate == 0):
            control.should_evaluate = True
        if last or state.global_step % self._save == 0:
            control.should_save = True
        if self.trainer is not None and self.trainer.stop_agreed:
            control.should_save = control.should_training_stop = True

    def on_evaluate(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Behind each evaluation: the best is kept, and patience has an end."""
        if self.history is None or not state.global_step:
            return
        if self.improved:
            control.should_save = True
        if self.history.exhausted:
            control.should_save = control.should_training_stop = True
