"""CodeR-Pile, of which both recipes take a part: code retrieval, a query with what answers it and what does not."""

from __future__ import annotations

from collections.abc import Mapping

from crb_builders.sources.fields import column, constant, hard_negative, language_or_file
from crb_builders.sources.mapping import PublicDataset


def coder_pile(name: str, published: Mapping[str, int], aspect: str) -> PublicDataset:
    """The dataset under the name of a recipe's part, all of it under one aspect."""
    return PublicDataset(
        name=name,
        hub="nebula2025/CodeR-Pile",
        published=published,
        certain=False,
        needs=("query", "pos", "neg"),
        spread=hard_negative(),
        prompt=column("query"),
        chosen=column("chosen"),
        rejected=column("rejected"),
        aspect=constant(aspect),
        language=language_or_file("language"),
    )
