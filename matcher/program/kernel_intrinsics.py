"""Operations on 64 elements at once that give one 64-bit word, as numba intrinsics.

LLVM turns each into a few vector instructions of the processor at hand; a loop over bits, which it
cannot see through, is some 20 times slower.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_BYTES = ir.VectorType(ir.IntType(8), 64)


def _splat(builder: Any, value: Any) -> Any:
    """A vector of 64 times ``value``."""
    vector = ir.VectorType(value.type, 64)
    single = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64)
    return builder.shuffle_vector(single, ir.Constant(vector, ir.Undefined), zeros)


def _load64(context: Any, builder: Any, array_type: Any, array: Any, start: Any, element: Any) -> tuple[Any, Any]:
    """64 elements of a contiguous array from position ``start``, and their address."""
    data = context.make_array(array_type)(context, builder, array).data
    address = builder.bitcast(builder.gep(data, [start]), ir.VectorType(element, 64).as_pointer())
    loaded = builder.load(address, typ=ir.VectorType(element, 64))
    loaded.align = 1
    return loaded, address


@intrinsic
def in_range64(typingctx: Any, codes: Any, start: Any, first: Any, span: Any) -> Any:
    """Word with bit i set where ``(codes[start + i] - first) % 256 <= span``."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code, _ = _load64(context, builder, signature.args[0], args[0], args[1], ir.IntType(8))
        shifted = builder.sub(code, _splat(builder, args[2]))
        return builder.bitcast(builder.icmp_unsigned("<=", shifted, _splat(builder, args[3])), ir.IntType(64))

    return types.uint64(codes, types.intp, types.uint8, types.uint8), build


@intrinsic
def some_bits64(typingctx: Any, codes: Any, start: Any, flipped: Any, checked: Any) -> Any:
    """Word with bit i set where ``(codes[start + i] ^ flipped) & checked != 0``."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        code, _ = _load64(context, builder, signature.args[0], args[0], args[1], ir.IntType(8))
        met = builder.and_(builder.xor(code, _splat(builder, args[2])), _splat(builder, args[3]))
        return builder.bitcast(builder.icmp_unsigned("!=", met, ir.Constant(_BYTES, [0] * 64)), ir.IntType(64))

    return types.uint64(codes, types.intp, types.uint8, types.uint8), build


@intrinsic
def keep_where64(typingctx: Any, word: Any, other: Any, out: Any, start: Any) -> Any:
    """Keep ``out[start + i]`` where bit i of the word is set, else write ``other``."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kept, address = _load64(context, builder, signature.args[2], args[2], args[3], ir.IntType(8))
        known = builder.bitcast(args[0], ir.VectorType(ir.IntType(1), 64))
        builder.store(builder.select(known, kept, _splat(builder, args[1])), address).align = 1
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint8, out, types.intp), build


def _step64(float_element: bool, predicate: str) -> Any:  # noqa: FBT001 - picks the instruction
    """An intrinsic that adds 1 to ``out[start + i]`` where ``values[at + i]`` compares true with ``bound``."""
    element, bound_type = (ir.DoubleType(), types.float64) if float_element else (ir.IntType(32), types.int32)

    @intrinsic
    def step64(typingctx: Any, values: Any, at: Any, bound: Any, out: Any, start: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            value, _ = _load64(context, builder, signature.args[0], args[0], args[1], element)
            count, address = _load64(context, builder, signature.args[3], args[3], args[4], ir.IntType(8))
            compare = builder.fcmp_ordered if float_element else builder.icmp_signed
            met = compare(predicate, value, _splat(builder, args[2]))
            builder.store(builder.add(count, builder.zext(met, _BYTES)), address).align = 1
            return context.get_dummy_value()

        return types.void(values, types.intp, bound_type, out, types.intp), build

    return step64


number_reaches64 = _step64(True, ">=")
day_reaches64 = _step64(False, ">=")
day_within64 = _step64(False, "<=")


@intrinsic
def count_bits(typingctx: Any, word: Any) -> Any:
    """The number of bits set in a word."""

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), build
