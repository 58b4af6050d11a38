"""From a model's name to an adapter, a folder and a revision, before any weight is read."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_distribution
import pytest
from limits import forbidden_folder

from crb.adapter import ModelSource
from crb.errors import CrbError, ModelError, UsageError
from crb.models.source import adapters, resolve
from crb.results.text import NAME

Edit = Callable[[dict[str, Any]], object]

ADAPTER = """
from crb.adapter import AdapterCard

class Named:
    def __init__(self, name, hub_ids=(), architectures=()):
        self.card = AdapterCard(name=name, kind="scalar", summary="s", hub_ids=hub_ids, architectures=architectures)
    def load(self, request):
        raise NotImplementedError

"""


@pytest.fixture
def model(tiny_llama: Path, tmp_path: Path) -> Path:
    """A copy of the tiny Llama, to be changed."""
    return Path(shutil.copytree(tiny_llama, tmp_path / "copy"))


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A function that installs a distribution `name` with an adapter of that name for each of its objects."""

    def plug(name: str, module: str, *objects: str) -> None:
        lines = [f"{name}-{object} = {name}:{object}" for object in objects]
        site = fake_distribution.install(
            tmp_path / name, "[crb.adapters]\n" + "\n".join(lines), name=name, module=module
        )
        monkeypatch.syspath_prepend(site)

    return plug


def edit(model: Path, change: Edit) -> Path:
    """Change a model's config.json."""
    config = json.loads((model / "config.json").read_text())
    change(config)
    (model / "config.json").write_text(json.dumps(config))
    return model


def revision(model: Path) -> str:
    return resolve(str(model))[0].revision


def test_a_folder_is_a_model(tiny_llama: Path) -> None:
    source, adapter = resolve(str(tiny_llama))
    assert adapter.card.name == "sequence-classifier"
    assert (source.name, source.path, source.architecture) == (
        tiny_llama.name,
        tiny_llama,
        "LlamaForSequenceClassification",
    )
    assert (source.dtype, source.max_length) == ("float32", 4096)


def test_a_folder_of_any_name_is_a_model_that_an_entry_may_name(tiny_llama: Path, tmp_path: Path) -> None:
    for name, word in (
        ("mod\u00e8les (1)", "modeles-1"),
        ("\u554f\u984c", "model"),
        ("checkpoint-500", "checkpoint-500"),
    ):
        shutil.copytree(tiny_llama, tmp_path / name)
        source, _ = resolve(str(tmp_path / name))
        assert source.name == word
        assert re.match(NAME, source.name)


def test_an_embedded_model_needs_no_folder() -> None:
    source, adapter = resolve("crb-tiny")
    assert (source.name, source.path, adapter.card.name) == ("crb-tiny", None, "crb-tiny")


def test_a_copy_has_the_same_revision(tiny_llama: Path, model: Path) -> None:
    assert revision(model) == revision(tiny_llama)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors"])
def test_every_file_that_makes_a_score_makes_the_revision(model: Path, name: str) -> None:
    before = revision(model)
    content = (model / name).read_bytes()
    (model / name).write_bytes(content + b" ")
    assert revision(model) != before
    (model / name).write_bytes(content)
    assert revision(model) == before


@pytest.mark.parametrize("name", ["tokenizer.model", "merges.txt", "vocab.txt", "qwen.tiktoken"])
def test_every_form_of_a_vocabulary_makes_the_revision(model: Path, name: str) -> None:
    (model / name).write_bytes(b"one")
    before = revision(model)
    (model / name).write_bytes(b"two")
    assert revision(model) != before


@pytest.mark.parametrize("mib", [1, 1.5, 2, 3.5])
def test_a_changed_end_of_large_weights_changes_the_revision(model: Path, mib: float) -> None:
    (model / "extra.safetensors").write_bytes(bytes(int(mib * 2**20)))
    before = revision(model)
    (model / "extra.safetensors").write_bytes(bytes(int(mib * 2**20) - 1) + b"\1")
    assert revision(model) != before


def test_large_files_of_text_count_whole(model: Path) -> None:
    tokenizer = (model / "tokenizer.json").read_bytes()
    (model / "tokenizer.json").write_bytes(tokenizer + b" " * 2**22)
    before = revision(model)
    (model / "tokenizer.json").write_bytes(tokenizer + b" " * 2**21 + b"\n" + b" " * (2**21 - 1))
    assert revision(model) != before


@pytest.mark.parametrize(
    ("change", "dtype", "length"),
    [
        (lambda config: config.update(dtype="bfloat16"), "bfloat16", 4096),
        (lambda config: (config.pop("dtype"), config.update(torch_dtype="torch.float16")), "float16", 4096),
        (lambda config: (config.pop("dtype"), config.pop("max_position_embeddings")), "float32", 4096),
        (lambda config: config.update(max_position_embeddings=512), "float32", 512),
        (lambda config: config.update(dtype="float64", max_position_embeddings="many"), "float32", 4096),
    ],
)
def test_the_config_says_dtype_and_length(model: Path, change: Edit, dtype: str, length: int) -> None:
    source, _ = resolve(str(edit(model, change)))
    assert (source.dtype, source.max_length) == (dtype, length)


@pytest.mark.parametrize("architectures", [None, [], "LlamaForSequenceClassification", [1]])
def test_a_config_without_an_architecture_names_file_and_field(model: Path, architectures: object) -> None:
    edit(model, lambda config: config.update(architectures=architectures))
    with pytest.raises(ModelError, match=r"config.json names no architecture") as caught:
        resolve(str(model))
    assert caught.value.where == f"file {model / 'config.json'}, field 'architectures'"


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b""])
def test_a_damaged_config_names_the_file(model: Path, content: bytes) -> None:
    (model / "config.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"config.json (cannot be read|is not an object)") as caught:
        resolve(str(model))
    assert caught.value.where == f"file {model / 'config.json'}"


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_folder_that_is_no_model_names_what_it_lacks(model: Path, name: str) -> None:
    (model / name).unlink()
    with pytest.raises(ModelError, match=r"no config.json|no weights") as caught:
        resolve(str(model))
    assert str(model) in caught.value.where


def test_an_architecture_that_nobody_claims_leads_to_the_docs(model: Path) -> None:
    edit(model, lambda config: config.update(architectures=["LlamaForFun"]))
    with pytest.raises(ModelError, match="no adapter claims the architecture 'LlamaForFun'") as caught:
        resolve(str(model))
    assert "docs/adding-an-adapter.md" in caught.value.todo
    assert resolve(str(model), "sequence-classifier")[1].card.name == "sequence-classifier"


@pytest.mark.parametrize("name", ["crb-tinny", "", "no such model", "org/na me", "x" * 300, "org/" + "x" * 200])
def test_what_is_no_model_is_an_unknown_name(name: str) -> None:
    with pytest.raises(UsageError, match="unknown model") as caught:
        resolve(name)
    assert "crb-tiny" in caught.value.where


def test_config_and_weights_are_of_one_commit(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A branch may move between the two requests, and the revision that a run records must be that of its weights."""
    snapshot = Path(shutil.copytree(tiny_llama, tmp_path / "snapshots" / "0123abc"))
    asked = []

    def download(name: str, file: str, *, revision: str, **_: Any) -> str:
        asked.append((name, revision))
        return str(snapshot / file)

    def fetch(name: str, *, revision: str, **_: Any) -> str:
        asked.append((name, revision))
        return str(snapshot)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    monkeypatch.setattr("huggingface_hub.snapshot_download", fetch)
    source, _ = resolve("org/model@main")
    assert (source.revision, source.path) == ("0123abc", snapshot)
    assert asked == [("org/model", "main"), ("org/model", "0123abc")]


def test_a_misspelt_path_names_the_near_folders(tmp_path: Path) -> None:
    (tmp_path / "my-model").mkdir()
    with pytest.raises(UsageError, match="unknown model") as caught:
        resolve(str(tmp_path / "my-modle"))
    assert caught.value.where == f"did you mean {tmp_path / 'my-model'}?"
    with pytest.raises(UsageError, match="unknown model") as caught:
        resolve("./nowhere/my-model")
    assert caught.value.where == "check the path: there is no folder nowhere either"
    with pytest.raises(UsageError, match="unknown model") as caught:
        resolve(str(tmp_path / "quite-another"))
    assert caught.value.where == f"folder {tmp_path}: nothing in it has a name like that"


@pytest.mark.parametrize(
    ("error", "says", "todo"),
    [
        ("RevisionNotFoundError", "the model 'org/model' has no revision 'mian'", "a branch, a tag"),
        ("RemoteEntryNotFoundError", "the model has no config.json on the hub", "merge_and_unload"),
        ("RepositoryNotFoundError", "the hub has no model 'org/model'", "check the spelling"),
    ],
)
def test_what_the_hub_lacks_is_told_apart(monkeypatch: pytest.MonkeyPatch, error: str, says: str, todo: str) -> None:
    from huggingface_hub import errors

    def refuse(*_: object, **__: object) -> str:
        # made without its arguments: they are the client's answer, whose class depends on the hub's version
        raise getattr(errors, error).__new__(getattr(errors, error))

    monkeypatch.setattr("crb.models.source.unreachable_hub", lambda: "")
    monkeypatch.setattr("huggingface_hub.hf_hub_download", refuse)
    with pytest.raises(CrbError, match=says) as caught:
        resolve("org/model@mian")
    assert todo in caught.value.todo


def test_adapters_alone_are_no_model(model: Path) -> None:
    (model / "config.json").rename(model / "adapter_config.json")
    with pytest.raises(ModelError, match=r"no config.json") as caught:
        resolve(str(model))
    assert "merge_and_unload" in caught.value.todo


def test_a_hub_out_of_reach_says_how_to_get_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError, match="neither in the local cache nor reachable") as caught:
        resolve("org/no-such-model@abc")
    assert "hf download org/no-such-model --local-dir" in caught.value.todo


def test_without_a_network_nothing_is_tried_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://no-such-host.invalid")
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("the hub's client waits and tries again"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with pytest.raises(UsageError, match="neither in the local cache nor reachable") as caught:
        resolve("org/no-such-model")
    assert caught.value.where == "no network, or no such host as no-such-host.invalid"


def test_a_misspelt_folder_is_not_only_missed_on_the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trained/my-model").mkdir(parents=True)
    with pytest.raises(UsageError, match="neither in the local cache nor reachable") as caught:
        resolve("trained/my-modle")
    assert caught.value.where.endswith("; did you mean trained/my-model?")


def test_an_unknown_adapter_suggests_near_ones(tiny_llama: Path) -> None:
    with pytest.raises(UsageError, match="unknown adapter 'sequence-clasifier'") as caught:
        resolve(str(tiny_llama), "sequence-clasifier")
    assert caught.value.where == "did you mean sequence-classifier?"


def test_a_forbidden_folder_is_an_error(tiny_llama: Path) -> None:
    with forbidden_folder(0o000, lambda folder: shutil.copytree(tiny_llama, folder / "model")) as folder:
        with pytest.raises(CrbError, match=r"cannot be read: .*Permission denied") as caught:
            resolve(str(folder / "model"))
        assert str(folder / "model") in caught.value.where


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_forbidden_file_is_an_error(tiny_llama: Path, name: str) -> None:
    def fill(folder: Path) -> None:
        shutil.copytree(tiny_llama, folder, dirs_exist_ok=True)
        (folder / name).chmod(0o000)

    with forbidden_folder(0o755, fill) as folder:
        with pytest.raises(CrbError, match=r"cannot be read: .*Permission denied") as caught:
            resolve(str(folder))
        assert str(folder / name) in caught.value.where


def test_an_adapter_for_this_very_model_goes_before_one_for_its_architecture(
    model: Path, plugged: Callable[..., None]
) -> None:
    plugged("byname", ADAPTER + "own = Named('byname-own', hub_ids=('cop*',))", "own")
    assert resolve(str(model))[1].card.name == "byname-own"


def test_an_exact_architecture_goes_before_a_pattern(model: Path, plugged: Callable[..., None]) -> None:
    exact = "own = Named('exact-own', architectures=('LlamaForSequenceClassification',))"
    plugged("exact", ADAPTER + exact, "own")
    assert resolve(str(model))[1].card.name == "exact-own"


def test_two_adapters_with_equal_claims_are_for_the_user_to_choose(model: Path, plugged: Callable[..., None]) -> None:
    plugged("rival", ADAPTER + "own = Named('rival-own', architectures=('Llama*',))", "own")
    with pytest.raises(ModelError, match="several adapters claim this model: rival-own, sequence-classifier"):
        resolve(str(model))
    assert resolve(str(model), "rival-own")[1].card.name == "rival-own"


BROKEN = {
    "package": "import a_package_that_nobody_has",
    "attribute": "",
    "object": "own = 'no adapter'",
    "syntax": "def own(:",
    "crash": "raise RuntimeError('at import')",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_strangers_broken_adapter_stops_only_those_who_ask_for_it(
    tiny_llama: Path, plugged: Callable[..., None], kind: str
) -> None:
    plugged(f"broken_adapter_{kind}", BROKEN[kind], "own")
    name = f"broken_adapter_{kind}-own"
    source, adapter = resolve(str(tiny_llama))
    assert isinstance(source, ModelSource)
    assert adapter.card.name == "sequence-classifier"
    found, broken = adapters()
    assert name not in found
    assert f"broken_adapter_{kind}" in broken[name].where
    with pytest.raises(CrbError, match=name):
        resolve(str(tiny_llama), name)
