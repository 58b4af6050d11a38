"""Rows that no one should train on go: too short or long, no syntax tree to speak of, another language, contaminated.

Each check is a block of its own, with its columns and limits, and `null` turns it off. What a check measured stays in a
column, so that limits can be chosen by looking: `<column>_tokens`, `<column>_depth`, `<column>_prose`,
`<column>_perplexity`, `<column>_overlap`. A row is dropped by the first check that refuses it, in the order below; the
reason names the check, not the column.

    clean:
      tokens: {columns: [old, new], least: 8, most: 4096}
      trees: {columns: [new], shallowest: 4}
      prose: {columns: [message], languages: [en]}
      contamination: {columns: [old, new], benchmarks: [crb]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any, ClassVar

import pyarrow as pa
from pydantic import Field

from crb.errors import DataError
from crb.packages import require
from crb.vocabulary import Language
from crb_builders.cleaning.tokens import TokenCounter, fingerprint
from crb_builders.stage import Each, Outcome, Settings, rejected, with_columns

CODE = ("old", "new")
Verdicts = list[str | None]  # per row: why it is refused
Found = tuple[list[Any], Verdicts]  # what was measured of each row
Check = Callable[[Any, Sequence[str], pa.Table], Found]  # settings, texts, their rows


class Tokens(Settings):
    columns: tuple[str, ...] = CODE
    tokenizer: str | None = None  # a folder or hub id; by default words and signs are counted
    least: int = Field(default=8, ge=0)
    most: int = Field(default=4096, ge=1)


class Trees(Settings):
    columns: tuple[str, ...] = CODE
    language: str = "language"  # the column that names it; rows of languages without a parser pass
    shallowest: int = Field(default=4, ge=1)  # nodes from the root to the deepest leaf
    deepest: int = Field(default=200, ge=1)
    broken: bool = True  # keep texts that do not parse wholly; parsers are behind their languages
    longest: int = Field(default=1_000_000, ge=1)  # characters; longer texts are not parsed and pass


class Prose(Settings):
    columns: tuple[str, ...] = ("message",)
    languages: tuple[str, ...] = ("en",)  # ISO 639-1
    least: float = Field(default=0.01, ge=0, le=1)  # probability of these languages together


class PerplexitySettings(Settings):
    columns: tuple[str, ...] = ("message",)
    model: str  # a folder or hub id of a causal language model
    device: str = "cpu"
    tokens: int = Field(default=1024, ge=2)  # of a text that are read
    batch: int = Field(default=8, ge=1)
    least: float = Field(default=1.0, ge=0)
    most: float = Field(default=10_000.0, gt=0)


class ContaminationSettings(Settings):
    columns: tuple[str, ...] = CODE
    benchmarks: tuple[str, ...] = Field(min_length=1)  # names, paths or hub ids
    n: int = Field(default=13, ge=1)  # words in a row
    most: int = Field(default=0, ge=0)  # shared n-grams that a text may have


class CleanSettings(Settings):
    tokens: Tokens | None = Tokens()
    trees: Trees | None = Trees()
    prose: Prose | None = Prose()
    perplexity: PerplexitySettings | None = None
    contamination: ContaminationSettings | None = None


class Clean(Each[CleanSettings]):
    """See the module."""

    name = "clean"
    version = 1
    settings_type = CleanSettings

    _TYPES: ClassVar[Mapping[str, pa.DataType]] = {
        "tokens": pa.int64(),
        "depth": pa.int64(),
        "prose": pa.float64(),
        "perplexity": pa.float64(),
        "overlap": pa.int64(),
    }

    def __init__(self, settings: CleanSettings, *, seed: int = 0) -> None:
        super().__init__(settings, seed=seed)
        self._opened: dict[str, Any] = {}

    def check(self) -> None:
        if self.settings.trees is not None:
            require("tree-sitter", why="by the stage clean", extra="build")
        if self.settings.prose is not None:
            require("py3langid", why="by the stage clean", extra="build")

    def depends(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        checks = self.settings
        if checks.tokens and checks.tokens.tokenizer:
            found["tokenizer"] = fingerprint(checks.tokens.tokenizer)
        if checks.perplexity:
            found["model"] = fingerprint(checks.perplexity.model)
        if checks.contamination:
            from crb_builders.cleaning.contamination import content_hashes

            found |= content_hashes(checks.contamination.benchmarks)
        return found

    def part_rows(self) -> int | None:
        return 250 if self.settings.perplexity else None  # a model is slow: less is lost to a kill

    def schema(self, columns: pa.Schema) -> pa.Schema:
        return with_columns(
            columns,
            {f"{column}_{kind}": self._TYPES[kind] for _, kind, block, _ in self._checks() for column in block.columns},
        )

    def _checks(self) -> list[tuple[str, str, Any, Check]]:
        """The checks that are on: name, suffix of their columns, settings, and the check."""
        every: list[tuple[str, str, Any, Check]] = [
            ("tokens", "tokens", self.settings.tokens, self._tokens),
            ("trees", "depth", self.settings.trees, self._trees),
            ("prose", "prose", self.settings.prose, self._prose),
            ("contamination", "overlap", self.settings.contamination, self._contamination),
            ("perplexity", "perplexity", self.settings.perplexity, self._perplexity),
        ]
        return [check for check in every if check[2] is not None]

    def shard(self, rows: pa.Table) -> Outcome:
        """Run check after check, each over the rows that are left: the dear ones see the fewest."""
        seen = rows.num_rows
        schema = self.schema(rows.schema)
        gone: list[pa.Table] = []
        why: list[str] = []
        where = list(range(seen))  # the rows' places in the shard
        places: list[int] = []
        for name, kind, block, check in self._checks():
            for column in block.columns:
                if column not in rows.schema.names:
                    raise DataError(
                        f"rows have no column {column!r}; they have: {', '.join(rows.schema.names)}",
                        field=column,
                        todo=f"name the columns of texts under clean: {name}: columns: [...]",
                    )
                texts = [text or "" for text in rows.column(column).to_pylist()]
                values, refused = check(block, texts, rows)
                new = f"{column}_{kind}"
                rows = rows.drop_columns([new]) if new in rows.schema.names else rows
                rows = rows.append_column(new, pa.array(values, type=self._TYPES[kind]))
                out = [i for i, reason in enumerate(refused) if reason is not None]
                if out:
                    gone.append(rows.take(out))
                    why += [reason for reason in refused if reason is not None]
                    places += [where[i] for i in out]
                    left = [reason is None for reason in refused]
                    rows, where = rows.filter(pa.array(left, type=pa.bool_())), list(compress(where, left))
        if gone:
            order = sorted(range(len(places)), key=places.__getitem__)
            dropped = pa.concat_tables(gone, promote_options="default").take(order)
            filled = {n: dropped.column(n) if n in dropped.column_names else pa.nulls(len(dropped), t)
                      for n, t in zip(schema.names, schema.types, strict=True)}  # fmt: skip
            return Outcome(rows.select(schema.names), rejected(pa.table(filled), [why[i] for i in order]), seen)
        return Outcome(rows.select(schema.names), None, seen)

    def _tokens(self, block: Tokens, texts: Sequence[str], rows: pa.Table) -> Found:
        counts = self._once("counter", lambda: TokenCounter(block.tokenizer)).count(texts)
        return list(counts), [
            "too_few_tokens" if n < block.least else "too_many_tokens" if n > block.most else None for n in counts
        ]

    def _trees(self, block: Trees, texts: Sequence[str], rows: pa.Table) -> Found:
        from crb_builders.cleaning.trees import measure

        if block.language not in rows.schema.names:
            raise DataError(
                f"rows have no column {block.language!r}", field=block.language, todo="put `languages` before `clean`"
            )
        depths: list[int | None] = []
        why: Verdicts = []
        for text, named in zip(texts, rows.column(block.language).to_pylist(), strict=True):
            language = Language.parse(named or "")
            if language is None or len(text) > block.longest or not text.strip():
                depths.append(None)  # an empty side is a new or a deleted file
                why.append(None)
                continue
            tree = measure(text, language)
            depths.append(tree.depth)
            if tree.broken and not block.broken:
                why.append("does_not_parse")
            elif tree.depth < block.shallowest:
                why.append("tree_too_shallow")
            else:
                why.append("tree_too_deep" if tree.depth > block.deepest else None)
        return depths, why

    def _prose(self, block: Prose, texts: Sequence[str], rows: pa.Table) -> Found:
        from crb_builders.cleaning.prose import ProseJudge

        judge = self._once("prose", lambda: ProseJudge(block.languages))
        chances = [judge.probability(text) for text in texts]
        return chances, ["another_language" if chance < block.least else None for chance in chances]

    def _contamination(self, block: ContaminationSettings, texts: Sequence[str], rows: pa.Table) -> Found:
        from crb_builders.cleaning.contamination import Contamination

        index = self._once("benchmarks", lambda: Contamination(block.benchmarks, block.n))
        shared = index.shared(texts).tolist()
        return shared, ["contaminated" if count > block.most else None for count in shared]

    def _perplexity(self, block: PerplexitySettings, texts: Sequence[str], rows: pa.Table) -> Found:
        from crb_builders.cleaning.perplexity import Perplexity

        model = self._once(
            "model",
            lambda: Perplexity(block.model, device=block.device, tokens=block.tokens, batch=block.batch),
        )
        scores = model.score(texts)
        return list(scores), [
            None if score is None or block.least <= score <= block.most
            else "perplexity_too_low" if score < block.least else "perplexity_too_high"
            for score in scores
        ]  # fmt: skip

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        """What is dear to open is opened when it is needed, once per worker."""
        if name not in self._opened:
            self._opened[name] = make()
        return self._opened[name]
