"""Bad models: names, configs, weights, tokenizers and templates that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bad_place import Case, Place


def model(says: str, damage: Callable[[Place], object], *where: str) -> Case:
    """A model that is damaged before the run."""

    def make(place: Place) -> list[str]:
        damage(place)
        return place.run()

    return Case(says, make, where or ("model",))


def config(says: str, change: Callable[[dict[str, Any]], object], *where: str) -> Case:
    return model(says, lambda place: place.change_config(change), *where)


def weights(says: str, change: Callable[[dict[str, Any]], object], *where: str) -> Case:
    return model(says, lambda place: place.change_weights(change), *where)


def template(says: str, source: str) -> Case:
    return model(says, lambda place: (place.model / "chat_template.jinja").write_text(source))


def cut(place: Place) -> None:
    path = place.model / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


BAD_MODELS = {
    "unknown model": Case(
        "unknown model ...", lambda place: place.run(model="crb-tinny"), ("did you mean crb-tiny?", "hub id")
    ),
    "model out of reach": Case(
        "neither in the local cache nor reachable on the hub",
        lambda place: place.run(model="org/no-such-model"),
        ("hf download org/no-such-model",),
    ),
    "no config": model(
        "the model folder has no config.json", lambda place: (place.model / "config.json").unlink(), "config.json"
    ),
    "damaged config": model(
        "config.json cannot be read", lambda place: (place.model / "config.json").write_text("{"), "config.json"
    ),
    "config without architecture": config(
        "config.json names no architecture", lambda found: found.pop("architectures"), "config.json", "'architectures'"
    ),
    "unclaimed architecture": config(
        "no adapter claims the architecture ...", lambda found: found.update(architectures=["LlamaForFun"])
    ),
    "no weights": model(
        "the folder holds no weights", lambda place: (place.model / "model.safetensors").unlink(), "model"
    ),
    "corrupted weights": model("the checkpoint cannot be loaded: ...", cut, "model.safetensors"),
    "missing score weight": weights("missing weight ...", lambda found: found.pop("score.weight"), "'score.weight'"),
    "unexpected weight": weights(
        "unexpected weight ...", lambda found: found.update(extra=found["score.weight"].clone()), "'extra'"
    ),
    "head of the wrong shape": weights(
        "has shape ..., expected",
        lambda found: found.update({"score.weight": found["score.weight"].repeat(2, 1)}),
        "'score.weight'",
        "[2, 32]",
        "[1, 32]",
        "num_labels=1",
    ),
    "no tokenizer": model(
        "the tokenizer cannot be loaded", lambda place: (place.model / "tokenizer.json").unlink(), "tokenizer.json"
    ),
    "missing chat template": model(
        "the tokenizer has no chat template", lambda place: (place.model / "chat_template.jinja").unlink()
    ),
    "failing chat template": template("the chat template failed: ...", "{{ raise_exception('no such role') }}"),
    "dividing chat template": template("the chat template failed: ...", "{{ 1 / 0 }}"),
    "chat template that drops text": template("rewrote the response beyond recognition", "always the same"),
    "embedded model with a path of its own": Case(
        "unknown model ...", lambda place: place.run(model="org/a/b"), ("org/a/b",)
    ),
}
