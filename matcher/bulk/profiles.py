"""Single rows of a cleaned batch as profiles, for the few that need a finding in words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from matcher.profile import Profile, ProfileValue, profile_from_json
from matcher.program.columns import row_values, text_value
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa


def profile_of(batch: pa.RecordBatch, row: int, vocabulary: Vocabulary, as_of: dt.date) -> Profile:
    """The row as the kernel understands it.

    Args:
        batch: made by :func:`matcher.bulk.rows.clean` for ``as_of``, so that every value can be read.
        row: place in it.
        vocabulary: fields, terms and labels.
        as_of: the day that its dates were checked for.
    """
    values: dict[str, ProfileValue] = {}
    typed: dict[str, object] = {}
    for name, value in row_values(batch, row).items():
        if isinstance(value, str):
            read = text_value(name, value, vocabulary, as_of)
            if read is not None:
                values[name] = read
        elif isinstance(value, dt.date):
            typed[name] = value.isoformat()[:10]
        else:
            typed[name] = float(value) if isinstance(value, Decimal) else value
    return Profile(dict(profile_from_json(typed, vocabulary, as_of).values) | values)
