"""The network as an ONNX graph, written node by node: BERT, mean pooling, unit length.

The three projections of attention are one matrix, the scale of the scores is folded into the
query part, the type vector into the positions; otherwise this is the plain forward pass of
Devlin et al. 2019 (post-norm, exact gelu). Word vectors are int8 with one scale per word.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.encode.weights import Floats, Packed

OPSET: Final = 17
IR_VERSION: Final = 9
_MASKED: Final = -10_000.0


class _Graph:
    """Collects nodes and constants under names of its own."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any] | list[int] | list[float] | float) -> str:
        from onnx import numpy_helper

        if not isinstance(value, np.ndarray):
            numbers = value if isinstance(value, list) else [value]
            whole = all(isinstance(number, int) for number in numbers)
            value = np.array(value, np.int64 if whole else np.float32)

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, **attributes: object) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name


def write_model(packed: Packed, kept: list[int]) -> bytes:
    """The float graph over the pieces kept, serialised.

    Inputs ``input_ids`` and ``attention_mask``: int64 ``[texts, tokens]``; output ``vectors``:
    float32 ``[texts, hidden]``, rows of length 1.
    """
    from onnx import TensorProto, helper

    graph, sizes = _Graph(), packed.sizes
    state = _embed(graph, packed, kept)
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    graph.constant("one", [1.0])
    graph.constant("masked", [_MASKED])
    graph.constant("mask_axes", [1, 2])
    off = graph.node("Sub", ["one", mask], "mask_off")
    bias = graph.node("Unsqueeze", [graph.node("Mul", [off, "masked"], "mask_low"), "mask_axes"], "mask_bias")
    graph.constant("heads_shape", [0, 0, sizes.heads, sizes.hidden // sizes.heads])
    graph.constant("joined_shape", [0, 0, sizes.hidden])
    graph.constant("half", 0.5)
    graph.constant("gelu_one", 1.0)
    graph.constant("root_two", math.sqrt(2.0))
    for layer in range(sizes.layers):
        state = _layer(graph, packed, layer, state, bias)
    _pool(graph, state, mask)
    ids = [helper.make_tensor_value_info(n, TensorProto.INT64, ["texts", "tokens"]) for n in ("input_ids", "attention_mask")]
    out = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", sizes.hidden])]
    made = helper.make_graph(graph.nodes, "encoder", ids, out, graph.constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="policymatch")
    model.ir_version = IR_VERSION
    body: bytes = model.SerializeToString()
    return body


def inputs_of(cut: Any) -> dict[str, NDArray[np.int64]]:  # noqa: ANN401 - an Encoding of tokenizers
    """What the graph takes of one text cut into sub-words: a batch of one."""
    return {"input_ids": np.array([cut.ids], np.int64), "attention_mask": np.array([cut.attention_mask], np.int64)}


def word_table(packed: Packed, kept: list[int]) -> tuple[NDArray[np.int8], Floats]:
    """Word vectors as int8 ``[words, hidden]`` and one scale per word ``[words, 1]``."""
    table = packed.matrix("emb.word", packed.sizes.hidden)[kept]
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-9) / 127
    return np.rint(table / scale).astype(np.int8), scale.astype(np.float32)


def _embed(graph: _Graph, packed: Packed, kept: list[int]) -> str:
    from onnx import TensorProto

    words, scale = word_table(packed, kept)
    positions = packed.matrix("emb.pos", packed.sizes.hidden) + packed.matrix("emb.type", packed.sizes.hidden)[0]
    graph.constant("words", words)
    graph.constant("word_scale", scale)
    graph.constant("positions", positions.astype(np.float32))
    graph.constant("start", [0])
    graph.constant("token_axis", [1])
    rows = graph.node("Cast", [graph.node("Gather", ["words", "input_ids"], "word_rows")], "word_float", to=TensorProto.FLOAT)
    word = graph.node("Mul", [rows, graph.node("Gather", ["word_scale", "input_ids"], "word_factor")], "word")
    shape = graph.node("Shape", ["input_ids"], "shape", start=1, end=2)
    graph.constant("row_axis", [0])
    place = graph.node("Slice", ["positions", "start", shape, "row_axis"], "place")
    return _norm(graph, packed, "emb.ln", graph.node("Add", [word, place], "embedded"))


def _norm(graph: _Graph, packed: Packed, name: str, state: str) -> str:
    weight = graph.constant(f"{name}.w", packed.tensor(f"{name}.w"))
    bias = graph.constant(f"{name}.b", packed.tensor(f"{name}.b"))
    return graph.node("LayerNormalization", [state, weight, bias], f"{name}.out", axis=-1, epsilon=packed.sizes.epsilon)


def _linear(graph: _Graph, name: str, state: str, weight: Floats, bias: Floats) -> str:
    product = graph.node("MatMul", [state, graph.constant(f"{name}.weight", weight.T)], f"{name}.product")
    return graph.node("Add", [product, graph.constant(f"{name}.bias", bias)], f"{name}.out")


def _layer(graph: _Graph, packed: Packed, layer: int, state: str, bias: str) -> str:
    p, sizes = f"l{layer}", packed.sizes
    scale = 1 / math.sqrt(sizes.hidden / sizes.heads)
    weights = [packed.matrix(f"{p}.{part}.w", sizes.hidden) for part in "qkv"]
    biases = [packed.tensor(f"{p}.{part}.b") for part in "qkv"]
    weights[0], biases[0] = weights[0] * np.float32(scale), biases[0] * np.float32(scale)
    joined = _linear(graph, f"{p}.qkv", state, np.concatenate(weights), np.concatenate(biases))
    _split(graph, joined, p)
    orders = {"q": [0, 2, 1, 3], "k": [0, 2, 3, 1], "v": [0, 2, 1, 3]}
    heads = {}
    for part, order in orders.items():
        shaped = graph.node("Reshape", [f"{p}.{part}", "heads_shape"], f"{p}.{part}.heads")
        heads[part] = graph.node("Transpose", [shaped], f"{p}.{part}.turned", perm=order)
    scores = graph.node("Add", [graph.node("MatMul", [heads["q"], heads["k"]], f"{p}.scores"), bias], f"{p}.biased")
    weighed = graph.node("MatMul", [graph.node("Softmax", [scores], f"{p}.share", axis=-1), heads["v"]], f"{p}.weighed")
    turned = graph.node("Transpose", [weighed], f"{p}.turned", perm=[0, 2, 1, 3])
    flat = graph.node("Reshape", [turned, "joined_shape"], f"{p}.flat")
    out = _linear(graph, f"{p}.ao", flat, packed.matrix(f"{p}.ao.w", sizes.hidden), packed.tensor(f"{p}.ao.b"))
    state = _norm(graph, packed, f"{p}.aln", graph.node("Add", [out, state], f"{p}.attended"))
    inner = _linear(graph, f"{p}.fi", state, packed.matrix(f"{p}.fi.w", sizes.hidden), packed.tensor(f"{p}.fi.b"))
    inner = _gelu(graph, p, inner)
    out = _linear(graph, f"{p}.fo", inner, packed.matrix(f"{p}.fo.w", sizes.inner), packed.tensor(f"{p}.fo.b"))
    return _norm(graph, packed, f"{p}.oln", graph.node("Add", [out, state], f"{p}.added"))


def _split(graph: _Graph, joined: str, prefix: str) -> None:
    from onnx import helper

    names = [f"{prefix}.{part}" for part in "qkv"]
    graph.nodes.append(helper.make_node("Split", [joined], names, name=f"{prefix}.split", axis=-1))


def _gelu(graph: _Graph, prefix: str, state: str) -> str:
    erf = graph.node("Erf", [graph.node("Div", [state, "root_two"], f"{prefix}.gelu.a")], f"{prefix}.gelu.b")
    shifted = graph.node("Add", [erf, "gelu_one"], f"{prefix}.gelu.c")
    return graph.node("Mul", [graph.node("Mul", [state, shifted], f"{prefix}.gelu.d"), "half"], f"{prefix}.gelu.e")


def _pool(graph: _Graph, state: str, mask: str) -> None:
    graph.constant("last_axis", [-1])
    wide = graph.node("Unsqueeze", [mask, "last_axis"], "mask_wide")
    summed = graph.node("ReduceSum", [graph.node("Mul", [state, wide], "unmasked"), "token_axis"], "summed", keepdims=0)
    count = graph.node("ReduceSum", [mask, "token_axis"], "count", keepdims=1)
    mean = graph.node("Div", [summed, count], "mean")
    graph.node("LpNormalization", [mean], "vectors", axis=-1, p=2)
