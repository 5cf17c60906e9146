"""Progress of long work on stderr: a bar at a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from api.cli.messages import say

_SECONDS: Final = 5.0
"""Between two plain lines."""


class Report(Protocol):
    """Takes how many rows are done, of how many."""

    def __call__(self, done: int, total: int) -> None:
        """Show it. The first call says what an earlier run had done."""


@contextmanager
def progress() -> Iterator[Report]:
    """Rows done, rows a second and time left, while the block runs."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    rate = TextColumn("{task.fields[rate]}")
    columns = (BarColumn(), MofNCompleteColumn(), rate, TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None, rate="")
        began = time.monotonic()
        before = -1

        def show(done: int, total: int) -> None:
            nonlocal before
            before = done if before < 0 else before
            rate = (done - before) / max(time.monotonic() - began, 1e-9)
            bar.update(task, completed=done, total=total, rate=f"{rate:,.0f} 行/s · rows/s" if rate else "")

        yield show


class _Lines:
    """A line now and then, and one at the end."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._before = -1

    def __call__(self, done: int, total: int) -> None:
        """Say what is done, if it is time to."""
        now = time.monotonic()
        if self._before < 0:
            self._before = done
            if done:
                say(f"接着上次：已完成 {done:,} 行 / going on: {done:,} rows were done before")
            return
        if done < total and now - self._last < _SECONDS:
            return
        self._last = now
        rate = max(done - self._before, 1) / max(now - self._began, 1e-9)
        left = (total - done) / rate
        say(
            f"{done:,}/{total:,} 行，每秒 {rate:,.0f} 行，约剩 {left:,.0f} 秒 / {done:,} of {total:,} rows, "
            f"{rate:,.0f} rows/s, {left:,.0f} s left"
        )


@contextmanager
def progress_bar() -> Iterator[Callable[[str, float], None]]:
    """A callback for steps and shares done; drawn on stderr where it is a terminal, else one line a step."""
    if not sys.stderr.isatty():
        said: list[str] = []

        def line(step: str, _share: float) -> None:
            if step not in said:
                said.append(step)
                print(step, file=sys.stderr)

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda step, share: bar.update(task, description=step, completed=share)
