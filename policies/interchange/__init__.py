"""The catalogue out and in: jsonl and xlsx both ways; csv, JSON-LD, Atom and a calendar out."""

from __future__ import annotations

from pathlib import Path

from policies.catalogue import Catalogue, CatalogueError, load_catalogue


def read_catalogue_file(path: Path) -> Catalogue:
    """A catalogue from an export: ``.jsonl`` or ``.xlsx``.

    Raises:
        CatalogueError: missing, another format, or wrong entries.
    """
    if path.suffix.lower() != ".xlsx":
        return load_catalogue(path)
    from policies.interchange.sheets import from_xlsx

    try:
        body = path.read_bytes()
    except OSError as error:
        raise CatalogueError(str(path), [error.strerror or "cannot be read"]) from error
    return from_xlsx(body, path.stem)
