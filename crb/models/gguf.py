"""A GGUF file as an ordinary model folder: de-quantised once, cached, and saved as transformers saves models.

A model that transformers loads from GGUF cannot be saved as it is ("not serializable"), so its weights are copied
into a fresh model of the same config. The price is a copy on disk in the wider type.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from crb.errors import ModelError, first_line


def in_package(package: str, file: str) -> Path | None:
    """A GGUF file that an installed package brings along, or None."""
    spec = find_spec(package) if package.isidentifier() else None
    places = (spec.submodule_search_locations or []) if spec else []
    return next((Path(place) / file for place in places if (Path(place) / file).is_file()), None)


def dequantised(
    gguf: Path,
    folder: Path,
    *,
    auto_class: str = "AutoModelForCausalLM",
    dtype: str = "float32",
    layers: int | None = None,
) -> Path:
    """The model of a GGUF file and its tokenizer in hub layout at `folder`, made if it is not there.

    Args:
        auto_class: of transformers, e.g. `AutoModel` for the backbone alone.
        dtype: of the saved weights.
        layers: keep only so many of the lowest layers.

    Raises:
        ModelError: transformers cannot read the file.
    """
    if not (folder / "config.json").is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:  # renamed when whole: a kill leaves no half
            _dequantise(gguf, Path(work) / "model", auto_class, dtype, layers)
            with contextlib.suppress(OSError):  # another process was quicker
                (Path(work) / "model").rename(folder)
    return folder


def _dequantise(gguf: Path, folder: Path, auto_class: str, dtype: str, layers: int | None) -> None:
    import torch
    import transformers

    from crb.models.quiet import quiet

    kind: Any = getattr(transformers, auto_class)
    wide = getattr(torch, dtype)
    with contextlib.redirect_stderr(io.StringIO()), quiet():  # of its bars, one is switched off by nothing
        try:
            loaded: Any = kind.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=wide)
            tokenizer = transformers.AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        except (OSError, ValueError, KeyError, NotImplementedError, RuntimeError) as error:
            raise ModelError(
                f"the GGUF file cannot be read: {first_line(error)}",
                where=f"file {gguf}",
                todo="use the model's folder in safetensors, or an architecture that transformers reads from GGUF",
            ) from error
        config = loaded.config
        config.num_hidden_layers = layers or config.num_hidden_layers
        if hasattr(config, "quantization_config"):
            del config.quantization_config
        model = type(loaded)(config).to(wide)
        model.load_state_dict(loaded.state_dict(), strict=layers is None)  # else the upper layers stay behind
        tokenizer.save_pretrained(folder)
        model.save_pretrained(folder)
