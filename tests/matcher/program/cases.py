"""Random conditions, profiles and Arrow batches that try every shape a column can have."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from policies.condition import SET_OPS, All, AnyOf, Condition, Leaf, Not
from policies.schema import PartialDate, Policy, Text
from policies.validate import OPS_BY_TYPE
from policies.vocabulary import ProfileField, vocabulary

FIELDS = vocabulary().fields
LONG_CODES = tuple(region.code for region in vocabulary().regions if len(region.code) > 6)[:3]
REGIONS = (
    "100000",
    "310000",
    "310100",
    "310110",
    "310115",
    "320000",
    "320100",
    "320500",
    "320508",
    "440300",
    *LONG_CODES,
    "310199",
)
INDUSTRIES = (
    "A",
    "C",
    "C26",
    "C261",
    "C2613",
    "E",
    "F",
    "F51",
    "F52",
    "G",
    "G53",
    "G54",
    "I",
    "I63",
    "I65",
    "I651",
    "J66",
    "K",
    "K70",
    "K701",
    "K7010",
    "K702",
    "L",
    "M",
    "M73",
    "P",
    "Q",
    "Q84",
)
AS_OFS = (
    dt.date(2024, 2, 29),
    dt.date(2025, 2, 28),
    dt.date(2026, 11, 23),
    dt.date(2027, 3, 31),
    dt.date(2026, 12, 31),
    dt.date(2028, 2, 29),
)
SOME_FIELDS = tuple(FIELDS)


def number(rng: random.Random, field: ProfileField) -> float:
    """Numbers that meet each other often: a few round values and their neighbours."""
    low, high = field.minimum or 0.0, field.maximum or 1e6
    if field.unit == "ratio":
        return max(low, min(high, rng.choice((0.0, 0.03, 0.05, 0.1, 0.3, 0.5, 0.6, 1.0)) + rng.choice((0, 0, 1e-9))))
    base = rng.choice(
        (0, 1, 5, 10, 12, 18, 20, 24, 35, 36, 45, 60, 100, 300, 1000, 500_000, 3_000_000, 20_000_000, 100_000_000, 400_000_000)
    )
    return float(max(low, min(high, base + rng.choice((0, 0, 0, 1, -1, 0.5)))))


def date(rng: random.Random, as_of: dt.date, field: str) -> dt.date:
    """Dates near anniversaries and month ends, 29 February among them."""
    if rng.random() < 0.3:
        return min(as_of, dt.date(rng.choice((1960, 1988, 1992, 2000, 2016, 2020, 2024)), 2, rng.choice((28, 29))))
    years = rng.choice((0, 0, 1, 2, 3, 5, 10, 18, 30, 35, 36, 45, 60))
    shifted = dt.date.fromordinal(max(dt.date(1900, 1, 1).toordinal(), as_of.toordinal() - round(365.2425 * years)))
    shifted += dt.timedelta(days=rng.randint(-40, 40)) if shifted.year > 1900 else dt.timedelta(0)
    if field == "graduated_on" and rng.random() < 0.4:
        shifted = as_of + dt.timedelta(days=rng.randint(-5, 400))
    return shifted if field == "graduated_on" else min(shifted, as_of)


def labels(field: ProfileField) -> tuple[str, ...]:
    known = tuple(vocabulary().labels.get(field.vocabulary, {}))
    return known or ("a", "b", "c", "d")


def operand(rng: random.Random, field: ProfileField, as_of: dt.date) -> object:
    match field.type:
        case "number":
            value = number(rng, field)
            return int(value) if value.is_integer() and rng.random() < 0.5 else value
        case "date":
            return date(rng, as_of, field.name).isoformat()
        case "region":
            return rng.choice(REGIONS)
        case "code":
            return rng.choice(INDUSTRIES)
        case "set":
            return rng.choice(labels(field))
    return rng.choice(tuple(vocabulary().terms[field.vocabulary]))


def leaf(rng: random.Random, as_of: dt.date, names: Sequence[str]) -> Leaf:
    if rng.random() < 0.12:
        return Leaf("other", "==", rng.choice(("甲", "乙")))
    if rng.random() < 0.05:
        return Leaf("as_of", rng.choice((">=", "<=", "<", ">")), date(rng, as_of, "graduated_on").isoformat())
    field = FIELDS[rng.choice(names)]
    op = rng.choice(sorted(OPS_BY_TYPE[field.type]))
    if op in ("is_true", "is_false"):
        return Leaf(field.name, op)
    if field.type == "bool":
        return Leaf(field.name, op, rng.random() < 0.5)
    if op == "in" or op in SET_OPS or (op == "within_region" and rng.random() < 0.5):
        count = rng.choice((0, 1, 2, 3, 6)) if op in SET_OPS else rng.choice((1, 2, 3))
        return Leaf(field.name, op, tuple(operand(rng, field, as_of) for _ in range(count)))
    return Leaf(field.name, op, operand(rng, field, as_of))


def condition(rng: random.Random, as_of: dt.date, names: Sequence[str], depth: int = 0) -> Condition:
    kind = rng.random()
    if depth >= 4 or (depth and kind < 0.45):
        return leaf(rng, as_of, names)
    if kind < 0.6:
        return Not(condition(rng, as_of, names, depth + 1))
    count = rng.choice((1, 2, 2, 3, 4, 6))
    children = tuple(condition(rng, as_of, names, depth + 1) for _ in range(count))
    return All(children) if kind < 0.82 else AnyOf(children)


def policies(rng: random.Random, as_of: dt.date, count: int, names: Sequence[str]) -> list[Policy]:
    """Policies with random conditions; some with dates of force, some of doubtful status, some without conditions."""
    found = []
    for index in range(count):
        tree = All(()) if rng.random() < 0.02 else condition(rng, as_of, names)
        begins = PartialDate(str(as_of.year + rng.choice((-1, -1, 0, 1)))) if rng.random() < 0.2 else None
        ends = PartialDate(str(as_of.year + rng.choice((1, 2)))) if rng.random() < 0.2 else None
        found.append(
            Policy(
                id=f"p{index}", title=Text("题"), level="district", region="310110", issuers=(), instrument="subsidy",
                audience="both", conditions=tree, effective_from=begins, effective_to=ends,
                status=rng.choice(("unknown", "expired_check_renewal")),
            )
        )  # fmt: skip
    return found


def value(rng: random.Random, field: ProfileField, as_of: dt.date) -> object:
    """A value in exchange form."""
    match field.type:
        case "number":
            return number(rng, field)
        case "bool":
            return rng.random() < 0.5
        case "date":
            return date(rng, as_of, field.name).isoformat()
        case "set":
            return [rng.choice(labels(field)) for _ in range(rng.choice((0, 0, 1, 2, 3, 5)))]
    return operand(rng, field, as_of)


def profile(rng: random.Random, as_of: dt.date, names: Sequence[str], known: float) -> dict[str, object]:
    return {name: value(rng, FIELDS[name], as_of) for name in names if rng.random() < known}


def batch(rng: random.Random, profiles: Sequence[dict[str, object]], names: Sequence[str]) -> pa.RecordBatch:
    """The profiles as a batch: every column in a random form, behind junk rows that are sliced away."""
    columns: dict[str, pa.Array] = {}
    for name in names:
        values = [one.get(name) for one in profiles]
        if all(v is None for v in values) and rng.random() < 0.5:
            if rng.random() < 0.5:
                columns[name] = pa.nulls(len(values))
            continue
        junk = [rng.choice([*values, None]) for _ in range(rng.choice((0, 1, 3, 8, 13, 64, 67)))] if values else []
        columns[name] = array(rng, FIELDS[name], [*junk, *values, *junk[:3]]).slice(len(junk), len(values))
    columns["unrelated"] = pa.nulls(len(profiles))
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def array(rng: random.Random, field: ProfileField, values: list[object]) -> pa.Array:
    nulls = np.array([v is None for v in values], bool)
    match field.type:
        case "number":
            return _numbers(rng, [0.0 if v is None else float(v) for v in values], nulls)  # type: ignore[arg-type]
        case "date":
            days = [dt.date.fromisoformat(str(v)) if v is not None else None for v in values]
            kind = rng.choice((pa.date32(), pa.date32(), pa.date64(), pa.timestamp("us"), pa.string()))
            if kind == pa.string():
                return pa.array([d and d.isoformat() for d in days], kind)
            return _garbage(rng, pa.array(days, pa.date32()).cast(kind))
        case "bool":
            if rng.random() < 0.3:
                return pa.array([None if v is None else ("是" if v else "否") for v in values], pa.string())
            return pa.array(values, pa.bool_())
        case "set":
            return _sets(rng, field, values, nulls)
    texts = pa.array(values, pa.string())
    if rng.random() < 0.3:
        return texts
    return _dictionary(rng, texts)


def _numbers(rng: random.Random, values: list[float], nulls: np.ndarray) -> pa.Array:
    whole = all(v.is_integer() for v in values)
    kind = rng.choice(
        (pa.float64(), pa.float64(), pa.int64(), pa.int32() if max(values, default=0) < 2e9 else pa.int64(), pa.string())
    )
    if kind == pa.string() and all(float(f"{v:f}") == v for v in values):
        return pa.array([None if n else f"{v:f}" for v, n in zip(values, nulls, strict=True)])
    if not whole or kind in (pa.float64(), pa.string()):
        as_nan = [float("nan") if n and rng.random() < 0.5 else v for v, n in zip(values, nulls, strict=True)]
        still_null = nulls & ~np.isnan(np.array(as_nan, float))
        return _garbage(rng, pa.array(as_nan, pa.float64(), mask=still_null))
    return _garbage(rng, pa.array([int(v) for v in values], kind, mask=nulls))


def _garbage(rng: random.Random, plain: pa.Array) -> pa.Array:
    """The same array with garbage under its nulls."""
    validity, data = plain.buffers()
    if validity is None or not len(plain):
        return plain
    raw = (
        np.frombuffer(data, np.uint8).copy().reshape(len(plain), -1) if data.size == len(plain) * plain.type.byte_width else None
    )
    if raw is None:
        raw = np.frombuffer(data, np.uint8)[: len(plain) * plain.type.byte_width].copy().reshape(len(plain), -1)
    raw[np.array(plain.is_null())] = rng.randrange(256)
    return pa.Array.from_buffers(plain.type, len(plain), [validity, pa.py_buffer(raw.tobytes())])


def _dictionary(rng: random.Random, texts: pa.Array) -> pa.Array:
    """Dictionary-encoded with a shuffled dictionary, unused and null entries, any index type."""
    entries = sorted({t for t in texts.to_pylist() if t is not None}) or [None]
    rng.shuffle(entries)
    if rng.random() < 0.3:
        entries.insert(rng.randint(0, len(entries)), None)
    place = {entry: i for i, entry in enumerate(entries)}
    kind = rng.choice((pa.int8(), pa.int32(), pa.uint16(), pa.int64()))
    nulls = [t is None and not (None in place and rng.random() < 0.5) for t in texts.to_pylist()]
    indices = [rng.randrange(len(entries)) if n else place[t] for t, n in zip(texts.to_pylist(), nulls, strict=True)]
    return pa.DictionaryArray.from_arrays(pa.array(indices, kind, mask=np.array(nulls, bool)), pa.array(entries, pa.string()))


def _sets(rng: random.Random, field: ProfileField, values: list[object], nulls: np.ndarray) -> pa.Array:
    form = rng.random()
    if form < 0.25:
        joined = [None if v is None else (rng.choice("、|；").join(v) or "无") for v in values]  # type: ignore[call-overload]
        return pa.array(joined, pa.string()).dictionary_encode() if form < 0.15 else pa.array(joined, pa.string())
    lists = pa.array(values, pa.large_list(pa.string()) if form < 0.4 else pa.list_(pa.string()))
    if form < 0.6 or pa.types.is_large_list(lists.type):
        return lists
    child = _dictionary(rng, lists.values) if len(lists.values) and None not in lists.values.to_pylist() else lists.values
    if pa.types.is_dictionary(child.type) and child.dictionary.null_count:
        child = lists.values.dictionary_encode()
    return pa.ListArray.from_arrays(lists.offsets, child, mask=pa.array(nulls) if nulls.any() else None)
