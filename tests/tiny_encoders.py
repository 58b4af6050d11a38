"""Tiny encoders with one label, as transformers saves them, under tokenizers of the classes that real ones have.

DeBERTa-v2 (relative positions, segments unused), BERT (512 positions, two segments), RoBERTa (positions that count from
behind the pad token's id, no segments, a doubled separator) and ModernBERT (rotary positions, local layers, a choice of
pooling). Weights are random and large, so that scores differ well beyond rounding.
"""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification

FAMILIES = ("deberta-v2", "bert", "roberta", "modernbert")
OTHERS = ("deberta", "distilbert", "electra", "xlm-roberta", "camembert")
BERT_LIKE = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
ROBERTA_LIKE = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
TEMPLATE = "{% for m in messages %}<{{ m.role }}>\n{{ m.content }}\n{% endfor %}"
_SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "initializer_range": 0.2,
    "initializer_cutoff_factor": 2.0,
}
_FIELDS: dict[str, dict[str, Any]] = {  # what published checkpoints of these families have in config.json
    "deberta-v2": {
        "relative_attention": True,
        "position_buckets": 16,
        "norm_rel_ebd": "layer_norm",
        "share_att_key": True,
        "pos_att_type": ["p2c", "c2p"],
        "position_biased_input": False,
        "type_vocab_size": 0,
        "pooler_hidden_size": 32,
    },
    "deberta": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "type_vocab_size": 0},
    "bert": {"type_vocab_size": 2},
    "electra": {"type_vocab_size": 2, "embedding_size": 16},
    "modernbert": {"local_attention": 16, "global_attn_every_n_layers": 3, "max_position_embeddings": 1024},
    "distilbert": {"dim": 32, "hidden_dim": 64, "n_layers": 3, "n_heads": 4},
}
_ROBERTA = ("roberta", "xlm-roberta", "camembert")


def build(
    folder: Path, family: str = "deberta-v2", *, template: str | None = None, labels: int = 1, **changes: Any
) -> Path:
    """A sequence classifier of a family and its tokenizer, in float32.

    Args:
        family: one of `FAMILIES` or `OTHERS`.
        template: a chat template for the tokenizer.
        labels: how many outputs the head has.
        changes: of the config.
    """
    special = ROBERTA_LIKE if family in _ROBERTA else BERT_LIKE
    tokenizer = _TOKENIZERS.get(family, _bert if special is BERT_LIKE else _roberta)()
    tokenizer.chat_template = template
    longest = 514 if family in _ROBERTA else 512
    fields = {"max_position_embeddings": longest, "type_vocab_size": 1} if family in _ROBERTA else {}
    config = AutoConfig.for_model(
        family,
        **_SIZES | {"max_position_embeddings": longest} | fields | _FIELDS.get(family, {}) | changes,
        vocab_size=len(tokenizer) + 3,
        num_labels=labels,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
        for name, weight in model.named_parameters():
            if name.startswith(("classifier", "pooler", "head", "pre_classifier")) and weight.dim() > 1:
                torch.nn.init.normal_(weight, std=0.5)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _bert() -> Any:
    from transformers import BertTokenizer

    signs = [*string.ascii_lowercase, *string.digits, *string.punctuation]
    pieces = [*BERT_LIKE, *signs, *(f"##{sign}" for sign in signs), "def", "return", "step", "##ing"]
    return BertTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, do_lower_case=True)


def _roberta() -> Any:
    from tokenizers import pre_tokenizers
    from transformers import RobertaTokenizer

    pieces = [*ROBERTA_LIKE[:4], *sorted(pre_tokenizers.ByteLevel.alphabet()), "re", "\u0120d", ROBERTA_LIKE[4]]
    merges = [("r", "e"), ("\u0120", "d")]
    return RobertaTokenizer(vocab={piece: i for i, piece in enumerate(pieces)}, merges=merges)


def _deberta() -> Any:
    from transformers import DebertaV2Tokenizer

    words = ["\u2581", *string.printable[:94], "\u2581def", "\u2581return"]
    pieces = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", *words, "[MASK]"]
    return DebertaV2Tokenizer(vocab=[(piece, -float(i % 7)) for i, piece in enumerate(pieces)], unk_id=3)


def _modernbert() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE({token: i for i, token in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, []))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.add_special_tokens(list(BERT_LIKE))
    core.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(token, core.token_to_id(token)) for token in ("[CLS]", "[SEP]")],
    )
    named = dict(zip(("pad", "unk", "cls", "sep", "mask"), BERT_LIKE, strict=True))
    names = ["input_ids", "attention_mask"]
    return PreTrainedTokenizerFast(
        tokenizer_object=core, model_input_names=names, **{f"{name}_token": token for name, token in named.items()}
    )


_TOKENIZERS = {"deberta-v2": _deberta, "modernbert": _modernbert}
