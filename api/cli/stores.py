"""The store behind ``--catalogue``: opened for a command, its errors told in words."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.messages import UserError

if TYPE_CHECKING:
    from policies.store.store import Resolver, Store

DEFAULT = "policies.db"
"""The catalogue database of the working folder, where neither --catalogue nor POLICYMATCH_CATALOGUE says another."""

Place = Annotated[
    str | None,
    typer.Option(
        "--catalogue",
        metavar="PLACE",
        help=f"目录库：.db 文件或 postgresql:// 地址，默认 {DEFAULT} / database of the catalogue",
    ),
]


def place_of(given: str | None) -> str:
    """Where the catalogue lies: the option, else the environment, else the working folder."""
    return given or os.environ.get("POLICYMATCH_CATALOGUE") or DEFAULT


@contextmanager
def opened(given: str | None, *, create: bool = False) -> Iterator[Store]:
    """The store for one command.

    Raises:
        UserError: exit code 2 where the place is no database, 1 where the store refuses.
    """
    from policies.catalogue import CatalogueError
    from policies.store import is_database_name, split_place
    from policies.store.database import StoreError
    from policies.store.store import Store

    place = split_place(place_of(given))[0]
    if not is_database_name(place):
        lines = [
            f"{place}: 不是目录库，请给出 .db 文件或 postgresql:// 地址 / not a database: name a .db file or a postgresql:// URL"
        ]
        raise UserError(lines, 2)
    try:
        with Store(place, create=create, by=_person()) as store:
            yield store
    except StoreError as error:
        raise UserError([f"{error.message.zh} / {error.message.en}"]) from error
    except CatalogueError as error:
        raise UserError(["目录无法使用 / the catalogue cannot be used", *(f"  {one}" for one in error.problems[:20])]) from error


def resolver() -> Resolver:
    """The comparator that comes with the program."""
    from models.pair_model import shipped_pair_model
    from policies.resolve.decide import PairResolver
    from policies.vocabulary import vocabulary

    return PairResolver(shipped_pair_model(), vocabulary().regions)


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "policymatch"
