"""Evens out activations before int8, without changing what the network computes.

Dynamic int8 takes one scale for a whole activation, and a few channels of a transformer are many
times as large as the others, which are then rounded away. SmoothQuant (Xiao et al. 2023): each
channel that enters a linear layer is divided by a factor and its row of the weights multiplied by
it. The factors are powers of two, so that the float graph computes the same bit for bit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any, Final

import numpy as np

from models.encode.graph import inputs_of
from models.encode.weights import Floats

_SMOOTHED: Final = re.compile(r"\.(qkv|fi|fo)\.product$")
"""Layers whose input is uneven: the projections of attention and both of the feed-forward part."""
_TO_WEIGHTS: Final = 0.7
"""Share of the unevenness that moves into the weights, which have a scale for each column."""
_SMALLEST: Final = 1e-4


def sample_texts() -> list[str]:
    """Questions and clauses of the project's own, prefixes included, on which activations are measured."""
    return (resources.files("models.encode") / "samples.txt").read_text(encoding="utf-8").splitlines()


def smoothed(model: bytes, tokenizer: str, texts: Sequence[str]) -> bytes:
    """The same network with even activations.

    Args:
        model: the float graph of :func:`models.encode.graph.write_model`, serialised.
        tokenizer: its tokenizer as JSON.
        texts: what to measure on.

    Raises:
        ImportError: onnx, onnxruntime or tokenizers is missing.
    """
    import onnx
    from onnx import helper, numpy_helper

    found = onnx.load_from_string(model)
    constants = {constant.name: constant for constant in found.graph.initializer}
    entering = {node.name: node.input[0] for node in found.graph.node if _SMOOTHED.search(node.name)}
    largest = _largest(found, entering.values(), tokenizer, texts)
    nodes = []
    for node in found.graph.node:
        if node.name in entering:
            weight = constants[node.input[1]]
            rows = numpy_helper.to_array(weight)
            factor = _factor(largest[node.input[0]], rows)
            weight.CopyFrom(numpy_helper.from_array(rows * factor[:, None], weight.name))
            inverse = numpy_helper.from_array(1 / factor, f"{node.name}.inverse")
            found.graph.initializer.append(inverse)
            even = helper.make_node("Mul", [node.input[0], inverse.name], [f"{node.name}.even"], name=f"{node.name}.even")
            node.input[0] = even.output[0]
            nodes.append(even)
        nodes.append(node)
    del found.graph.node[:]
    found.graph.node.extend(nodes)
    body: bytes = found.SerializeToString()
    return body


def _factor(activation: Floats, rows: Floats) -> Floats:
    """A power of two for each channel, ``[channels]``; about one on the whole."""
    large, heavy = np.maximum(activation, _SMALLEST), np.maximum(np.abs(rows).max(axis=1), _SMALLEST)
    steps = _TO_WEIGHTS * np.log2(large) - (1 - _TO_WEIGHTS) * np.log2(heavy)
    found: Floats = np.exp2(np.rint(steps - steps.mean())).astype(np.float32)
    return found


def _largest(model: Any, names: Iterable[str], tokenizer: str, texts: Sequence[str]) -> dict[str, Floats]:  # noqa: ANN401
    """The largest absolute value of each channel of some activations over all texts."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper
    from tokenizers import Tokenizer

    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    wanted = sorted(names)
    watched.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in wanted)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(watched.SerializeToString(), options, providers=["CPUExecutionProvider"])
    cutter = Tokenizer.from_str(tokenizer)
    found: dict[str, Floats] = {}
    for text in texts:
        for name, value in zip(wanted, session.run(wanted, inputs_of(cutter.encode(text))), strict=True):
            top = np.abs(value[0]).max(axis=0)
            found[name] = np.maximum(found[name], top) if name in found else top
    return found
