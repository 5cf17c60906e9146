"""Which sub-words are kept, and the tokenizer made of them.

Chinese, Latin and digits are enough for policy text: every Han character and sign stays, and the
best-scored Latin pieces. A piece that is dropped is cut into shorter ones, so no word is lost.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any, Final

from models.encode.weights import Packed

LATIN_PIECES: Final = 20_000
"""Latin pieces kept, best score first: official terms, names and English enquiries (7.7 MB in int8)."""
_ALWAYS: Final = frozenset({"▁query", "▁passage"})
"""The prefixes of the model; without them its vectors drift."""
_PROTECTED: Final = ("～", "\ue000")
"""The wide tilde stays as it is in this model, though NFKC rewrites it."""
_HAN: Final = ((0x2E80, 0x2FDF), (0x3000, 0x303F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF))
_HAN_PLANES: Final = (0x20000, 0x323AF)


def kept_pieces(packed: Packed) -> list[int]:
    """Ids that stay, ascending: the four special ones, signs, Han, and the best Latin pieces."""
    kept = {*packed.special.values()}
    latin: list[int] = []
    for index, piece in enumerate(packed.pieces):
        plain = piece.replace("▁", "")
        if piece in _ALWAYS or not plain:
            kept.add(index)
        elif all(_wanted(sign) for sign in plain):
            if any(sign.isascii() and sign.isalpha() for sign in plain) and len(plain) > 1:
                latin.append(index)
            else:
                kept.add(index)
    latin.sort(key=lambda index: (-packed.scores[index], index))
    kept.update(latin[:LATIN_PIECES])
    mask = packed.pieces.index("<mask>") if "<mask>" in packed.pieces else -1
    return sorted(kept - {mask})


def _wanted(sign: str) -> bool:
    point = ord(sign)
    if point < 0x80 or any(low <= point <= high for low, high in _HAN):
        return True
    return _HAN_PLANES[0] <= point <= _HAN_PLANES[1] or (point < 0x3000 and unicodedata.category(sign)[0] in "PS")


def tokenizer_json(packed: Packed, kept: list[int], longest: int) -> str:
    """The tokenizer as JSON of the ``tokenizers`` library: the model's cut, over the pieces kept."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    place = {old: new for new, old in enumerate(kept)}
    pieces = [(packed.pieces[index], packed.scores[index]) for index in kept]
    unknown = place[packed.special["unk"]]
    found = Tokenizer(models.Unigram(pieces, unk_id=unknown, byte_fallback=False))
    gone = [sign for sign, text in packed.normaliser.items() if not text and len(sign) == 1]
    blank = [sign for sign, text in packed.normaliser.items() if text == " "]
    found.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_class_of(gone)), ""),
            normalizers.Replace(Regex(_class_of(blank)), " "),
            normalizers.Replace(_PROTECTED[0], _PROTECTED[1]),
            normalizers.NFKC(),
            normalizers.Replace(_PROTECTED[1], _PROTECTED[0]),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    found.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    found.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    first, last = place[packed.special["bos"]], place[packed.special["eos"]]
    found.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", first), ("</s>", last)]
    )
    found.enable_truncation(longest)
    found.enable_padding(pad_id=place[packed.special["pad"]], pad_token="<pad>")  # noqa: S106 - a sub-word, no secret
    parts: dict[str, Any] = json.loads(found.to_str())
    return json.dumps(parts, ensure_ascii=False)


def _class_of(signs: list[str]) -> str:
    return "[" + "".join(f"\\x{{{ord(sign):X}}}" for sign in signs) + "]"
