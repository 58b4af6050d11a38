"""Builds one step of a recipe: each part once, and nothing twice.

A step's key hashes what decides its rows: stage, version, settings, seed, files behind the settings, and the shards it
reads. A manifest with that key means finished. Otherwise the step is planned anew, parts on disk are taken as they are,
and the rest is given to the executor. The order of shards is that of the plan, never that of completion.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from crb.errors import DataError
from crb.files import read_json, write_json
from crb_builders.executors import Executor
from crb_builders.jobs import Job, settings_text, unit_parts
from crb_builders.recipe import Step
from crb_builders.stage import Each, Source, Stage, Unit, Whole
from crb_builders.store import Place, Record, Shard, digest, remove_folder, whole_folder

FORMAT = 1
Manifest = dict[str, Any]


class Progress(Protocol):
    """What watches a build."""

    def begin(self, step: str, parts: int, done: int) -> None:
        """A step begins, or one of its passes; so many of its parts are on disk already."""
        ...

    def advance(self) -> None:
        """A part is done."""
        ...


class Unwatched:
    """Watches nothing."""

    def begin(self, step: str, parts: int, done: int) -> None:
        return None

    def advance(self) -> None:
        return None


def shards_of(folder: Path, manifest: Manifest) -> list[Shard]:
    """The shards of a finished step, in order."""
    place = Place(folder)
    return [Shard(place.shard_path(shard["part"]), shard["rows"], shard["sha256"]) for shard in manifest["shards"]]


@dataclass(frozen=True)
class Building:
    """A step with its folder, its input and those who work on it."""

    step: Step
    folder: Path
    shards: Sequence[Shard]
    pool: Executor
    progress: Progress

    def build(self) -> Manifest:
        stage = self.step.stage
        self._check_columns(stage)
        units = stage.units(self.shards) if isinstance(stage, Source) else []
        key = self._key(stage, units)
        path = self.folder / "manifest.json"
        found = read_json(path) if path.is_file() else None
        if isinstance(found, dict) and found.get("key") == key and self._complete(found):
            return found
        path.unlink(missing_ok=True)  # of other settings or other rows: the step is not finished any more
        begun = time.perf_counter()
        place = Place(self.folder)
        records = self._records(stage, place, units)
        manifest = self._manifest(stage, place, records, key) | {"wall_seconds": round(time.perf_counter() - begun, 3)}
        place.keep_only([record.part for record in records])
        shutil.rmtree(self.folder / "summaries", ignore_errors=True)
        write_json(path, manifest)  # last: with it the step is finished, and nothing is tidied any more
        return manifest

    def _records(self, stage: Stage[Any], place: Place, units: Sequence[Unit]) -> list[Record]:
        if isinstance(stage, Source):
            return self._read(stage, place, units)
        if isinstance(stage, Each):
            return self._each(stage, place)
        if isinstance(stage, Whole):
            return self._whole(stage, place)
        raise TypeError(f"the stage {stage.name!r} is neither Source, Each nor Whole")

    def _read(self, stage: Source[Any], place: Place, units: Sequence[Unit]) -> list[Record]:
        twice = [key for key, count in Counter(unit.key for unit in units).items() if count > 1]
        if twice:
            raise DataError(f"{twice[0]!r} is read twice", field=self.step.name, todo="name it once")
        base = self._base(stage)
        jobs = []
        for unit in units:
            chosen = tuple(self.shards[position] for position in unit.shards)
            stem = digest(base, unit.key, unit.version, [shard.sha256 for shard in chosen])
            jobs.append(self._job(stage, "read", stem, shards=chosen, unit=unit))
        found = [unit_parts(place, job.part) for job in jobs]
        return self._do(stage, jobs, [records if complete else None for records, complete in found], "")

    def _each(self, stage: Each[Any], place: Place) -> list[Record]:
        base, jobs = self._base(stage), []
        size = stage.part_rows()
        for shard in self.shards:
            starts = range(0, shard.rows, size) if size and shard.rows > size else (0,)
            for start in starts:
                stop = min(start + size, shard.rows) if size and len(starts) > 1 else None
                part = digest(base, shard.sha256, *([start, stop] if stop is not None else []))
                jobs.append(self._job(stage, "shard", part, shards=(shard,), start=start, stop=stop))
        return self._parts(stage, place, jobs, "")

    def _whole(self, stage: Whole[Any], place: Place) -> list[Record]:
        base = self._base(stage)
        decision = digest(base, [shard.sha256 for shard in self.shards])
        way = stage.way()
        name = f"{decision}-{way}" if way else decision
        folder = self.folder / "decision" / name
        if not folder.is_dir():
            read = tuple(self.shards)
            if type(stage).summarise is not Whole.summarise:
                summaries = Place(self.folder / "summaries")
                jobs = [
                    self._job(
                        stage, "summarise", digest(base, shard.sha256, way), shards=(shard,), folder=summaries.folder
                    )
                    for shard in self.shards
                ]
                read = tuple(summaries.shard(record) for record in self._parts(stage, summaries, jobs, "summarise"))
            self._do(stage, [self._job(stage, "conclude", name, shards=read)], [None], "conclude")
        first, jobs = 0, []
        for shard in self.shards:
            part = digest(decision, shard.sha256, first)
            jobs.append(self._job(stage, "finish", part, shards=(shard,), first=first, decision=folder))
            first += shard.rows
        records = self._parts(stage, place, jobs, "finish")
        for other in folder.parent.iterdir():
            if other.name != name:
                remove_folder(other)
        return records

    def _parts(self, stage: Stage[Any], place: Place, jobs: Sequence[Job], label: str) -> list[Record]:
        found = [place.find(job.part) for job in jobs]
        return self._do(stage, jobs, [[record] if record is not None else None for record in found], label)

    def _do(
        self, stage: Stage[Any], jobs: Sequence[Job], found: Sequence[list[Record] | None], label: str
    ) -> list[Record]:
        """The records of all jobs in their order; those of which nothing was found are done."""
        results = dict(enumerate(found))
        missing = [position for position, records in results.items() if records is None]
        self.progress.begin(f"{self.step.name} {label}".strip(), len(jobs), len(jobs) - len(missing))
        for position, records in self.pool.run([jobs[place] for place in missing], at_once=stage.workers):
            results[missing[position]] = records
            self.progress.advance()
        return [record for position in range(len(jobs)) for record in results[position] or []]

    def _job(self, stage: Stage[Any], kind: Any, part: str, folder: Path | None = None, **more: Any) -> Job:
        settings = settings_text(stage, neutral=True)
        return Job(kind, self.step.use, settings, self.step.seed, folder or self.folder, part, **more)

    def _base(self, stage: Stage[Any]) -> str:
        return digest(
            FORMAT,
            self.step.use,
            stage.version,
            settings_text(stage, neutral=False),
            self.step.seed,
            dict(stage.depends()),
        )

    def _key(self, stage: Stage[Any], units: Sequence[Unit]) -> str:
        read = [[unit.key, unit.version, list(unit.shards)] for unit in units]
        return digest(self._base(stage), [shard.sha256 for shard in self.shards], read)

    def _check_columns(self, stage: Stage[Any]) -> None:
        if stage.needs and not self.shards and not isinstance(stage, Source):
            raise DataError(
                f"the step {self.step.name!r} has no rows to work on",
                field="from",
                todo="put a stage that makes rows above it; see the manifest and the rejects of the step it reads",
            )
        for schema, path in {shard.schema(): shard.path for shard in self._samples()}.items():
            for column in stage.needs:
                if column not in schema.names:
                    raise DataError(
                        f"the step {self.step.name!r} needs the column {column!r}; there are: "
                        f"{', '.join(schema.names)}",
                        file=path,
                        field=column,
                        todo="put a stage that adds it before this one",
                    )

    def _samples(self) -> Iterator[Shard]:
        """The first shard of each input step: all shards of a step have the same columns."""
        seen: set[Path] = set()
        for shard in self.shards:
            if shard.path.parent not in seen:
                seen.add(shard.path.parent)
                yield shard

    def _complete(self, manifest: Manifest) -> bool:
        extra = self.folder / "extra"
        return all(shard.path.is_file() for shard in shards_of(self.folder, manifest)) and all(
            (extra / name).is_file() for name in manifest["extra"]
        )

    def _manifest(self, stage: Stage[Any], place: Place, records: Sequence[Record], key: str) -> Manifest:
        reasons: Counter[str] = Counter()
        for record in records:
            reasons.update(record.reasons)
        shards = [place.shard(record) for record in records]
        seen, kept = sum(record.seen for record in records), sum(record.kept for record in records)
        seconds = sum(record.seconds for record in records)
        extra = self._publish(stage, shards)
        digests = [shard.sha256 for shard in shards] + [f"{name} {value}" for name, value in extra.items()]
        return {
            "format": FORMAT,
            "step": self.step.name,
            "stage": self.step.use,
            "version": stage.version,
            "settings": stage.settings.model_dump(mode="json"),
            "seed": self.step.seed,
            "from": list(self.step.inputs),
            "key": key,
            "hash": hashlib.sha256("\n".join(digests).encode()).hexdigest(),
            "rows_in": seen,
            "rows_out": kept,
            "dropped": sum(reasons.values()),
            "reasons": dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
            "seconds": round(seconds, 3),
            "rows_per_second": round(seen / seconds, 1) if seconds else None,
            "shards": [{"part": record.part, "rows": record.kept, "sha256": record.sha256} for record in records],
            "extra": extra,
            "report": dict(stage.report(shards)),
        }

    def _publish(self, stage: Stage[Any], shards: Sequence[Shard]) -> dict[str, str]:
        folder = self.folder / "extra"
        if type(stage).publish is Stage.publish:
            shutil.rmtree(folder, ignore_errors=True)
            return {}
        with whole_folder(folder) as made:
            stage.publish(shards, made)
        found = {}
        for path in sorted(entry for entry in folder.rglob("*") if entry.is_file()):
            with path.open("rb") as file:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
        return found
