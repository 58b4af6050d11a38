"""The Trainer of transformers, with a loss that is a mean over whole steps and data that were planned before.

What is overridden: where micro-batches come from (the plan), what a step's losses are divided by (what the whole step
holds, known from the plan, so that nothing need be sent), the optimiser's groups and the schedule, what is logged, when
a step is refused, and how checkpoints are put down. The loop, accelerate, DDP, resuming and the trackers are theirs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader
from transformers import Trainer, TrainingArguments

from crb_trainers.checkpoints import folders
from crb_trainers.checkpoints.checkpoint import load_moments, load_weights, save
from crb_trainers.data.batch import Batch, collate
from crb_trainers.data.micro_batches import MicroBatches, alone
from crb_trainers.data.plan import Plan
from crb_trainers.data.tokenisation import TokenPair
from crb_trainers.modelling.model import PairOutput
from crb_trainers.modelling.parallel import check_sharded, shard
from crb_trainers.training.faults import Step, refuse
from crb_trainers.training.objective import WindowTotals, preference_loss, window_loss
from crb_trainers.training.schedule import factor
from crb_trainers.training.window import Window

if TYPE_CHECKING:
    from crb_trainers.settings import Recipe

Figures = dict[str, Any]


class PairTrainer(Trainer):
    """Trains a `PairModel` by a plan.

    Args:
        recipe: what to train how.
        plan: the whole run.
        pairs: what the plan's numbers stand for.
        evaluator: called for an evaluation; gives its figures. All processes call it together.
        evaluated: called with those figures, on every process.
        told: called with the figures of each step, on the first process.
        described: what each checkpoint's run.json says.
        best: the step of the best evaluation so far, or None; that checkpoint is kept.
        asked_to_stop: whether this process was asked to stop at the next step.
    """

    loss_is_scaled_for_ga = True  # window_loss divides by the whole step
    _window: Window | None = None

    def __init__(
        self,
        model: nn.Module,
        recipe: Recipe,
        plan: Plan,
        pairs: Sequence[TokenPair],
        args: TrainingArguments,
        *,
        evaluator: Callable[[int], Figures] | None = None,
        evaluated: Callable[[Figures], None] = lambda _: None,
        told: Callable[[Figures], None] = lambda _: None,
        described: Figures | None = None,
        best: Callable[[], int | None] = lambda: None,
        asked_to_stop: Callable[[], bool] = lambda: False,
        **options: Any,
    ) -> None:
        self.recipe, self.plan = recipe, plan
        self._pairs, self._by_id = pairs, {pair.id: pair for pair in pairs}
        self._evaluator, self._evaluated, self._told = evaluator, evaluated, told
        self._described = described or {}
        self._best, self._asked_to_stop = best, asked_to_stop
        self._figures: Figures = {}
        self._begun = time.monotonic()
        super().__init__(model=model, args=args, **options)
        self.model_accepts_loss_kwargs = True  # else releases without loss_is_scaled_for_ga would divide once more

    def get_train_dataloader(self) -> DataLoader[Batch]:
        """The plan's micro-batches. The Trainer skips those behind which a checkpoint was written."""
        batches = MicroBatches(
            self.plan,
            self._pairs,
            self.recipe.data,
            accumulation=self.args.gradient_accumulation_steps,
            rank=self.args.process_index,
            world=self.args.world_size,
        )
        return DataLoader(batches, batch_size=1, shuffle=False, collate_fn=alone)

    def get_batch_samples(
        self, epoch_iterator: Iterator[Batch], num_batches: int, device: torch.device
    ) -> tuple[list[Batch], Any]:
        """A step's micro-batches here, and what its losses are divided by: what the plan says the whole step holds."""
        step = self.state.global_step
        totals = WindowTotals(self.plan.pairs_per_step, self.plan.window_tokens(step))
        self._window = Window(totals, self.args.device)
        self._begun = time.monotonic()
        return [next(epoch_iterator) for _ in range(num_batches)], totals

    def _prepare_inputs(self, inputs: Any) -> Any:
        return inputs.to(self.args.device, non_blocking=True)

    def training_step(self, model: nn.Module, inputs: Any, num_items_in_batch: Any = None) -> Tensor:
        """Forward and backward of a micro-batch, with random numbers that are its own.

        They follow from the recipe's seed, the step and the place in the step: a resumed run needs no state of them,
        and another cut of the same micro-batches among processes draws the same ones.
        """
        assert self._window is not None
        place = len(self._window.seen) * self.args.world_size + self.args.process_index
        seed = (self.recipe.seed * 1_000_003 + self.state.global_step) * 1_000_003 + place
        torch.manual_seed(seed % 2**63)  # more bits than torch takes, from seeds of eight digits on
        return super().training_step(model, inputs, num_items_in_batch)

    def compute_loss(
        self, model: nn.Module, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """A micro-batch's share of the step's loss, times the processes: their gradients are averaged."""
        assert self._window is not None
        output = model(inputs)
        objective = self.recipe.objective
        sums = preference_loss(output.chosen, output.rejected, objective)
        self._window.add(inputs, output, sums)
        loss = window_loss(sums, output.lm_sum, num_items_in_batch, objective) * self.args.world_size
        return (loss, output) if return_outputs else loss

    def floating_point_ops(self, inputs: Any) -> int:
        """Not counted: the Trainer looks for a key in a mapping, and a batch is none."""
        return 0

    def _clip_grad_norm(self, model: nn.Module) -> Any:
        """Clip, and refuse the step where a loss or gradient is no number: before the optimiser spoils the weights."""
        from torch.distributed.tensor import DTensor

        assert self._window is not None
        base: Any = super()
        norm = base._clip_grad_norm(model)
        norm = norm.full_tensor() if isinstance(norm, DTensor) else norm
        if self._asked_to_stop():
            self._window.ask_to_stop()
        self._figures = self._window.reduce(self.recipe.objective, self.args.world_size)
        self._figures["grad_norm"] = float(norm)
        refuse(self._figures, self._window, self._step())
        return norm

    def _step(self) -> Step:
        """The step at hand, for those who judge it."""
        return Step(
            number=self.state.global_step + 1,
            folder=self.home.parent,
            dtype=self.recipe.model.dtype,
            processes=self.args.world_size,
            first=self.args.should_save,
            single=None if self.shards else self._single,
        )

    @torch.no_grad()
    def _single(self, id: str) -> PairOutput:
        """A pair by itself."""
        output: PairOutput = self.bare(collate([self._by_id[id]]).to(self.args.device))
        return output

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Hand a step's figures to whoever listens; the Trainer's own summary at the end is left away."""
        if "loss" not in logs:
            return
        step = self.state.global_step
        figures = {key: value for key, value in self._figures.items() if key != "stop"}
        line = {
            "step": step,
            "epoch": round(step * self.plan.pairs_per_step / self.plan.per_epoch, 6),
            **figures,
            "lr": logs["learning_rate"],
            "seconds": round(time.monotonic() - self._begun, 4),
        }
        if self.args.should_save:
            self._told(line)
        shown = {key: value for key, value in line.items() if key not in ("step", "seconds")}
        self.control = self.callback_handler.on_log(self.args, self.state, self.control, shown)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """An evaluation by the core's engine."""
        if self._evaluator is None:
            return {}
        figures = self._evaluator(self.state.global_step)
        self._evaluated(figures)
        shown = {f"eval_{key}": float(value) for key, value in figures.items() if isinstance(value, (int, float))}
        self.control = self.callback_handler.on_log(self.args, self.state, self.control, dict(shown))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, shown)
        return shown

    @property
    def stop_agreed(self) -> bool:
        """Whether any process was asked to stop; known to all alike."""
        return bool(self._figures.get("stop"))

    def _prepare_for_training(self, max_steps: int, train_dataloader: Any, resume_from_checkpoint: Any) -> Any:
        """Under fsdp2, shard the model first, and tell the Trainer that it owns its placement.

        That keeps accelerate from wrapping or sharding it a second time. The word is given here and not before the
        constructor, which refuses such models because it could not write their checkpoints; ours are our own.
        """
        base: Any = super()
        if self.shards and not self.is_distributed_loading_by_transformers:
            compute = getattr(torch, self.recipe.model.dtype)
            shard(self.bare, self.recipe.parallel, compute=compute, exact=(self.bare.get_submodule("head"),))
            self.is_distributed_loading_by_transformers = True
        prepared = base._prepare_for_training(max_steps, train_dataloader, resume_from_checkpoint)
        if self.shards:
            check_sharded(prepared[0])
        return prepared

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """AdamW; norms and biases are not decayed, and the head may have its own rate."""
        if self.optimizer is None:
            settings, owner = self.recipe.optimiser, self.bare if model is None else model
            decayed = set(self.get_decay_parameter_names(owner))
            groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
            for name, parameter in owner.named_parameters():
                if parameter.requires_grad:
                    groups.setdefault((name in decayed, name.startswith("head.")), []).append(parameter)
            fused = settings.fused == "on" or (settings.fused == "auto" and self.args.device.type in ("cuda", "cpu"))
            self.optimizer = torch.optim.AdamW(
                [
                    {
                        "params": members,
                        "weight_decay": settings.weight_decay if decay else 0.0,
                        "lr": settings.head_lr if head and settings.head_lr else settings.lr,
                    }
                    for (decay, head), members in sorted(groups.items())
                ],
                betas=settings.betas,
                eps=settings.epsilon,
                fused=fused,
            )
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> LambdaLR:
        """The recipe's schedule, over the whole plan."""
        if self.lr_scheduler is None:
            at = factor(self.recipe.schedule, self.recipe.optimiser, self.plan.steps)
            inner: Any = optimizer or self.optimizer
            self.lr_scheduler = LambdaLR(getattr(inner, "optimizer", inner), at)
            self._created_lr_scheduler = True
        assert isinstance(self.lr_scheduler, LambdaLR)
        return self.lr_scheduler

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        """Put a checkpoint down as a whole, then remove those that are not kept."""
        target = self.home / folders.name(self.state.global_step)
        with folders.whole(target, first=self.args.should_save, wait=self.accelerator.wait_for_everyone) as part:
            sharded = self.shards and self.recipe.parallel.sharded_checkpoints
            save(part, self.bare, self.optimizer, first=self.args.should_save, sharded=sharded)
            if self.args.should_save:
                self.state.save_to_json(str(part / "trainer_state.json"))
                folders.write_run(part, self._described)
        if self.args.should_save:
            folders.rotate(self.home, self.recipe.saving.keep, self._best())
        self.accelerator.wait_for_everyone()

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        load_weights(Path(resume_from_checkpoint), self.bare)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        """The moments; where the schedule is follows from the step."""
        if checkpoint is None:
            return
        load_moments(Path(checkpoint), self.bare, self.optimizer)
        assert isinstance(self.lr_scheduler, LambdaLR)
        step = self.state.global_step
        rates = [
            base * at(step) for base, at in zip(self.lr_scheduler.base_lrs, self.lr_scheduler.lr_lambdas, strict=True)
        ]
        self.lr_scheduler.last_epoch = step
        self.lr_scheduler._last_lr = rates
        for group, rate in zip(self.lr_scheduler.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate

    @property
    def home(self) -> Path:
        """Where the checkpoints are."""
        return Path(str(self.args.output_dir))

    @property
    def shards(self) -> bool:
        """Whether weights are in parts."""
        return self.recipe.parallel.kind == "fsdp2"

    @property
    def bare(self) -> nn.Module:
        """The model without DDP's wrapping."""
        assert isinstance(self.model, nn.Module)
        return self.model
