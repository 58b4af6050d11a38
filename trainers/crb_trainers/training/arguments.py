"""What the Trainer of transformers is told of a recipe; the rest it asks `PairTrainer`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from transformers import TrainingArguments

from crb_trainers.data.plan import Plan

if TYPE_CHECKING:
    from crb_trainers.settings import Recipe


class _Sharded(TrainingArguments):
    """Under fsdp2 the shards are put on their devices when they are made."""

    @property
    def place_model_on_device(self) -> bool | None:
        return False


def arguments(recipe: Recipe, folder: Path, plan: Plan, *, accumulation: int) -> TrainingArguments:
    """What the Trainer is told of a recipe; the rest it asks `PairTrainer`."""
    sharded = recipe.parallel.kind == "fsdp2"
    bfloat16 = recipe.model.dtype == "bfloat16" and not sharded  # under fsdp2 the policy of the shards casts
    args = (_Sharded if sharded else TrainingArguments)(
        output_dir=str(folder),
        max_steps=plan.steps,
        gradient_accumulation_steps=accumulation,
        per_device_train_batch_size=1,
        learning_rate=recipe.optimiser.lr,
        weight_decay=recipe.optimiser.weight_decay,
        adam_beta1=recipe.optimiser.betas[0],
        adam_beta2=recipe.optimiser.betas[1],
        adam_epsilon=recipe.optimiser.epsilon,
        max_grad_norm=recipe.optimiser.clip,
        seed=recipe.seed,
        bf16=bfloat16,
        logging_steps=1,
        logging_nan_inf_filter=False,  # a step that is no number is refused, not smoothed over
        save_strategy="no",  # when to save and evaluate is for crb_trainers.training.pace to say
        eval_strategy="no",
        remove_unused_columns=False,
        report_to=[] if recipe.tracker.kind == "none" else [recipe.tracker.kind],
        run_name=recipe.tracker.name or recipe.name,
        disable_tqdm=True,
        log_level="error",
        use_cpu=not torch.cuda.is_available(),
        ddp_find_unused_parameters=False,
        ddp_broadcast_buffers=False,
        accelerator_config={"gradient_accumulation_kwargs": {"sync_each_batch": sharded}},
    )
    args._n_gpu = min(args.n_gpu, 1)  # several GPUs in one process would be torch's DataParallel, which is another sum
    return args
