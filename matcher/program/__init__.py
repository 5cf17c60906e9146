"""The kernel: all policies against one profile or a whole population, three-valued and exact.

``compile_program(policies, as_of, vocabulary)`` gives a :class:`Program`; its ``match_one`` and
``match_batch`` agree with :func:`matcher.rules.evaluate` on every policy and profile.
"""

from matcher.program.backend import BACKENDS, BackendError
from matcher.program.columns import ColumnError
from matcher.program.people import Ids, OneUnknownAway, Samples
from matcher.program.program import CompileError, Program, compile_program
from matcher.program.sinks import Counts, Planes, Sink

compile = compile_program  # noqa: A001 - the short name, as in ``program.compile(...)``

__all__ = [
    "BACKENDS",
    "BackendError",
    "ColumnError",
    "CompileError",
    "Counts",
    "Ids",
    "OneUnknownAway",
    "Planes",
    "Program",
    "Samples",
    "Sink",
    "compile",
    "compile_program",
]
