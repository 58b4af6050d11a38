"""Reading a judge's run again, without asking the model: its answers are in the journal, texts and log-probabilities.

The new run lies in a folder of its own and has a copy of the answers, so that it is complete in itself and `crb run`
can ask for what is missing. Where another adapter reads than the one that asked, the configuration says so: it is not
the run that this adapter would have made.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from crb import registry
from crb.adapter import ModelSource
from crb.benchmarks import metric_of
from crb.errors import UsageError, unknown_name
from crb.evaluation.cases import Dialogue, dialogues
from crb.evaluation.judge_settings import SCORES, load_templates
from crb.evaluation.session import Session
from crb.evaluation.summing_up import sum_up
from crb.evaluation.verdicts import Verdict, unanswered, verdict
from crb.evaluation.writing import read_missing, write_results
from crb.files import read_json, write_json
from crb.generation import Failure, Generation
from crb.items import CHOSEN, REJECTED, Candidate, Item
from crb.judge import JudgeAdapter, JudgeModel, JudgeRequest, ScoreMode
from crb.models.source import adapters, resolve
from crb.prompts import PromptMode
from crb.requests import Key
from crb.runs.answers import KeptAnswers
from crb.runs.codecs import ANSWER_LINES
from crb.runs.config import JudgeConfig, RunConfig
from crb.runs.folder import JOURNAL, holds_run, open_run, write_run
from crb.runs.journal import Journal
from crb.runs.run import BASELINES, CANDIDATES, RESULTS, Run
from crb.vocabulary import Criterion, Language


def reread(
    run: Run,
    *,
    adapter: str | None = None,
    score: str | None = None,
    out: str | Path | None = None,
    model: str | None = None,
) -> Run:
    """Read a judge's answers again, into a run of its own.

    Args:
        run: a judge's run that has scores.
        adapter: reads in place of the one that asked.
        score: `auto`, `expected`, `greedy`; of a run under `mean` only `mean`.
        out: the new run's folder; by default beside the old one.
        model: the run's model, for adapters that look into its tokenizer (run.json does not say where it lies);
            without it they read as they do of a served model, by the tokens' texts.

    Raises:
        UsageError: the run has no answers, or none that can be read so; another run is in the folder.
    """
    config = RunConfig.model_validate(run.config)
    judged = _check(run, config.judge, score)
    name = adapter or config.adapter
    wanted = config.model_copy(
        update={
            "adapter": name,
            "judge": judged.model_copy(
                update={
                    "score": score or judged.score,
                    "reread_of": judged.reread_of if name == config.adapter else judged.reread_of or run.fingerprint,
                }
            ),
        }
    )
    judge = _load(config, wanted, model)
    folder = Path(out) if out is not None else run.path.parent / wanted.fingerprint
    _check_folder(folder, run)
    start = _now()
    items = _items(run)
    metric = None if run.measured is None else metric_of(run.results["crb"]["metric"]["name"])
    with Journal(folder / JOURNAL, wanted.fingerprint, ANSWER_LINES) as journal:
        journal.absorb(run.path / JOURNAL, run.fingerprint)
        with KeptAnswers([*journal.replaced, journal.entries]) as answers:
            every = list(dialogues(items, pairwise=judge.pairwise, mode=PromptMode.NONE, samples=judged.samples))
            if not any(answers.get(dialogue.key(0)) for dialogue in every):
                shown = "compares two responses" if judge.pairwise else "judges one response at a time"
                raise UsageError(
                    f"the answers of this run are not for the adapter {name!r}, which {shown}",
                    todo="name an adapter that is shown as many responses at a time as the one that made the run",
                )
            judged_all = _verdicts(judge, every, answers, read_missing(run.path))
            outcome = sum_up(items, judged_all, score or judged.score, pairwise=judge.pairwise)
    from crb.runs.environment import git_state, versions

    for file in sorted((run.path / BASELINES).glob("*.parquet")):
        (folder / BASELINES).mkdir(exist_ok=True)
        shutil.copyfile(file, folder / BASELINES / file.name)
    write_results(folder, items, outcome, metric, selection=config.selection)
    _keep_baselines(folder, run)
    session = Session(start=start, end=_now(), notes=list(outcome.notes))
    document = run.document | {
        "status": "incomplete" if outcome.missing else "finished",
        "fingerprint": wanted.fingerprint,
        "config": wanted.model_dump(mode="json"),
        "adapter": registry.distribution(registry.ADAPTERS, name),
        "versions": versions(),
        "git": git_state(),
        "start": start,
        "end": session.end,
        "sessions": [asdict(session)],
        "reread_of": {"fingerprint": run.fingerprint, "adapter": config.adapter, "score": judged.score},
    }
    return write_run(folder, document)


def _check(run: Run, judged: JudgeConfig | None, score: str | None) -> JudgeConfig:
    if judged is None:
        raise UsageError(
            "this run is of a model that writes nothing: there is nothing to read again",
            where=f"file {run.path}",
            todo="name the run of a judge",
        )
    if not run.scored:
        raise UsageError(
            "the run has no scores yet", where=f"file {run.path}", todo="finish it: repeat its crb run command"
        )
    if score is not None and score not in SCORES:
        raise unknown_name("score", score, SCORES)
    mean = ScoreMode.MEAN.value
    if score is not None and (score == mean) != (judged.score == mean):
        raise UsageError(
            "answers that were sampled for a mean are not those of one answer per case, nor the other way round",
            where=f"--score {score}, of a run under --score {judged.score}",
            todo=f"make that run: crb run {run.config['model']} --score {score}",
        )
    return judged


def _load(config: RunConfig, wanted: RunConfig, model: str | None) -> JudgeModel:
    known, broken = adapters()
    name = wanted.adapter
    if name in broken:
        raise broken[name]
    if name not in known:
        raise unknown_name("adapter", name, known, todo="crb adapters lists them")
    if known[name].card.kind != "judge":
        raise UsageError(
            f"the adapter {name!r} reads hidden states, not texts",
            where=f"--adapter {name}",
            todo="name a judge: crb adapters lists them",
        )
    judged = wanted.judge or JudgeConfig()
    templates, templates_hash = load_templates(judged.templates if name == config.adapter else None)
    if name == config.adapter and templates_hash != judged.templates_hash:
        raise UsageError(
            f"the templates {judged.templates!r} have other wording now than when the run was made",
            todo="import the copy that the run was made with under this name: crb prompts import",
        )
    source = ModelSource(config.model, None, config.revision, "", config.dtype, config.max_length or 0)
    if model is not None:
        source, _ = resolve(model, name)
        if source.revision != config.revision:
            raise UsageError(
                f"the run is of {config.model}@{config.revision}, and this is {source.name}@{source.revision}",
                where=f"--model {model}",
                todo="name the model that the run was made with, or leave --model out",
            )
    return cast(JudgeAdapter, known[name]).load(JudgeRequest(source, templates, judged.max_tokens))


def _check_folder(folder: Path, run: Run) -> None:
    """Only a folder without a run, or with an earlier reading of the same answers."""
    if not holds_run(folder):
        return
    if (open_run(folder).document.get("reread_of") or {}).get("fingerprint") != run.fingerprint:
        same = folder.resolve() == run.path.resolve()
        raise UsageError(
            "this is the run itself: nothing would change" if same else "there is another run in this folder",
            where=f"file {folder}",
            todo="name another folder with --out" + (", or another --score or --adapter" if same else ""),
        )


def _items(run: Run) -> list[Item]:
    """The run's items, without their texts: what was said of them is all that is read."""
    if (run.path / CANDIDATES).is_file():
        return list(run.candidates()[0])
    candidates = (Candidate(CHOSEN, "", 1.0), Candidate(REJECTED, "", 0.0))
    return [
        Item(
            str(row.Index),
            "",
            candidates,
            criterion=Criterion(row.criterion) if isinstance(row.criterion, str) else None,
            language=Language(row.language) if isinstance(row.language, str) else None,
            subset=row.subset if isinstance(row.subset, str) else None,
        )
        for row in run.pairs().itertuples()
    ]


def _keep_baselines(folder: Path, run: Run) -> None:
    """The metric's figures of the baselines, which need the texts: they are those of the run that is read again."""
    if run.measured is None:
        return
    document = read_json(folder / RESULTS)
    document["crb"]["metric"]["baselines"] = run.results["crb"]["metric"].get("baselines", {})
    write_json(folder / RESULTS, document)


def _verdicts(
    judge: JudgeModel, every: Sequence[Dialogue], answers: KeptAnswers, missing: frozenset[Key]
) -> Iterator[tuple[Dialogue, Verdict]]:
    for dialogue in every:
        keys = {(dialogue.case.item.id, candidate.id) for candidate in dialogue.case.candidates}
        if keys & missing:
            yield dialogue, unanswered(Failure("no answer yet"), missing=True)
        else:
            yield dialogue, _verdict(judge, dialogue, answers)


def _verdict(judge: JudgeModel, dialogue: Dialogue, answers: KeptAnswers) -> Verdict:
    said: list[Generation] = []
    while (answer := answers.get(dialogue.key(len(said)))) is not None:
        if isinstance(answer, Failure):
            return unanswered(answer, missing=False)
        said.append(answer)
    return verdict(judge, said) if said else unanswered(Failure("no answer"), missing=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
