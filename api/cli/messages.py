"""What the command line says on stderr, and how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable


class UserError(Exception):
    """Something the user can mend: lines to print on stderr and the exit code.

    Args:
        lines: the fault, the value, the next step; Chinese and English.
        code: 1 for an input that failed, 2 for wrong usage.
    """

    def __init__(self, lines: Iterable[str], code: int = 1) -> None:
        self.lines = list(lines)
        self.code = code
        super().__init__("; ".join(self.lines))


def say(line: str) -> None:
    """Print a line on stderr."""
    print(line, file=sys.stderr)


def print_json(value: object) -> None:
    """Print one JSON value on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n")
