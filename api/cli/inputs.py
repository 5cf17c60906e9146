"""Files and options of the command line, read and checked."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

from api.cli.messages import UserError
from api.days import WrongDayError, day_from_text
from matcher.profile import Profile, ProfileError, profile_from_bytes, profile_from_text
from policies.catalogue import Catalogue, CatalogueError
from policies.store import open_catalogue
from policies.vocabulary import Vocabulary

MAX_PROFILE_BYTES = 10_000_000
"""A profile takes about 2 kB; more than this is the wrong file."""

MAX_PROBLEMS = 200
"""Wrong lines listed; a file with more is damaged as a whole."""


def read_file(path: Path, limit: int = MAX_PROFILE_BYTES) -> bytes:
    """The bytes of a file.

    Raises:
        UserError: exit code 2 where it is missing, unreadable or over ``limit``.
    """
    try:
        if path.stat().st_size > limit:
            raise UserError([f"{path}: 文件超过 {limit:,} 字节，请检查是否选错 / the file is over {limit:,} bytes"], 2)
        return path.read_bytes()
    except OSError as error:
        raise UserError([f"{path}: 无法读取 / cannot be read: {error.strerror}"], 2) from error


def read_day(text: str | None, option: str = "--as-of") -> dt.date:
    """The date of ``--as-of`` or another option, today without one.

    Raises:
        UserError: exit code 2, not a date like 2026-01-31 or out of range.
    """
    if text is None:
        return dt.datetime.now().astimezone().date()
    try:
        return day_from_text(text)
    except WrongDayError as error:
        raise UserError([f"{option}: {error.message.zh} / {error.message.en}"], 2) from None


def read_profile(path: Path, vocabulary: Vocabulary, as_of: dt.date) -> Profile:
    """A profile from a JSON file, or from the first row of a CSV file (headers: names or Chinese labels).

    Raises:
        UserError: exit code 1, with a line for each wrong field.
    """
    body = read_file(path)
    try:
        if path.suffix.lower() == ".csv":
            return profile_from_text(_first_row(path, body, vocabulary), vocabulary, as_of)
        return profile_from_bytes(body, vocabulary, as_of)
    except ProfileError as error:
        lines = [f"{path}: 档案有 {len(error.errors)} 处错误 / {len(error.errors)} errors in the profile"]
        lines += [f"  {one.field or '-'}: {one.message.zh} / {one.message.en}" for one in error.errors]
        raise UserError(lines) from error
    except ValueError as error:  # a whole number of thousands of digits
        raise UserError([f"{path}: 数字过长 / a number has too many digits"]) from error


def _first_row(path: Path, body: bytes, vocabulary: Vocabulary) -> dict[str, str | list[str]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = body.decode("gb18030")
        except UnicodeDecodeError:
            raise UserError([f"{path}: CSV 既不是 UTF-8 也不是 GB18030 编码 / the CSV is neither UTF-8 nor GB18030"]) from None
    labels = {field.label.zh: name for name, field in vocabulary.fields.items()}
    try:
        row = next(csv.DictReader(io.StringIO(text, newline="")), None)
    except csv.Error as error:
        raise UserError([f"{path}: CSV 无法读取，请检查引号和分隔符 / the CSV cannot be read: {error}"]) from error
    if row is None:
        raise UserError([f"{path}: CSV 没有数据行 / the CSV has no row of data"])
    return {labels.get(name, name): cell or "" for name, cell in row.items() if isinstance(name, str)}


def read_catalogue(path: str | Path | None) -> Catalogue:
    """The catalogue of ``--catalogue``, the starter catalogue without one.

    Raises:
        UserError: exit code 1, with a line for each wrong entry.
    """
    try:
        return open_catalogue(path)
    except CatalogueError as error:
        raise wrong_catalogue(path, error) from error


def wrong_catalogue(path: str | Path | None, error: CatalogueError) -> UserError:
    """What to say about a catalogue that cannot be used: a line for each wrong entry."""
    shown = [f"  {problem}" for problem in error.problems[:MAX_PROBLEMS]]
    if len(error.problems) > MAX_PROBLEMS:
        shown.append(f"  … 共 {len(error.problems)} 处 / {len(error.problems)} in all")
    return UserError([f"目录无法使用 / the catalogue cannot be used: {path}", *shown])
