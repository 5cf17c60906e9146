"""Vectors in PostgreSQL with pgvector, where the catalogue lies there: one index for all servers.

Two things are kept, both derived from the catalogue and safe to drop:

* ``search_vectors``: the encoder's vector of each passage under the passage's key, so that a passage
  is encoded once for all servers and for all versions of the catalogue (:class:`PostgresStore`);
* a table ``search_index_…`` of the vectors that are searched, with an HNSW index above the size at
  which looking at every row is too slow (:class:`PgvectorIndex`).

Needs the extra ``postgres`` and the extension ``vector`` (0.8 or later) in the database.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, LiteralString

import numpy as np
from numpy.typing import NDArray

from models.encode.adapter import Adapter, from_bytes
from models.encode.build import Progress, silent
from models.encode.contract import Encoder, EncoderError, Vectors
from models.index import EF_BUILD, EF_SEARCH, FLAT_UP_TO, LINKS, Ids, VectorIndex, VectorIndexError, best, checked

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALL_HINT: Final = "pip install 'policymatch[postgres,search]'"
_BATCH: Final = 32
_FORGET_DAYS: Final = 90
"""Days after which a passage that no catalogue asked for is dropped."""
_LOCK_KEY: Final = 0x706F6C76
"""Advisory lock while tables are made ("polv"): two servers may start at once."""
_BUILD_MEMORY: Final = "512MB"
"""For the graph while it is made: 60,000 vectors took 33 s, and 97 s with the 64 MB of a fresh server."""
_EF_MOST: Final = 1_000
"""Largest ``hnsw.ef_search`` that pgvector takes."""
_TABLES: Final[tuple[LiteralString, ...]] = (
    (
        "CREATE TABLE IF NOT EXISTS search_vectors (encoder text, key text, vector vector NOT NULL,"
        " used date NOT NULL DEFAULT current_date, PRIMARY KEY (encoder, key))"
    ),
    (
        "CREATE TABLE IF NOT EXISTS search_adapters (encoder text, key text, body bytea NOT NULL,"
        " used date NOT NULL DEFAULT current_date, PRIMARY KEY (encoder, key))"
    ),
    "CREATE TABLE IF NOT EXISTS search_indexes (name text PRIMARY KEY, used date NOT NULL DEFAULT current_date)",
)
_GRAPH: Final = (
    "CREATE INDEX IF NOT EXISTS {graph} ON {table} USING hnsw (vector vector_ip_ops) WITH (m = {m}, ef_construction = {ef})"
)
_NEAREST: Final = "SELECT id, -(vector <#> %s) FROM {table} ORDER BY vector <#> %s LIMIT %s"
_NEAREST_INSIDE: Final = "SELECT id, -(vector <#> %s) FROM {table} WHERE id = ANY(%s) ORDER BY vector <#> %s LIMIT %s"


class VectorDatabase:
    """One connection, used by one thread at a time and opened anew after it broke.

    Raises:
        VectorIndexError: a package, the extension or the database is missing.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.RLock()
        self._connection: Any = None
        with self.transaction() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
            for statement in _TABLES:
                connection.execute(statement)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """A transaction: all of it, or nothing."""
        psycopg = _psycopg()
        with self._lock:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = self._open(psycopg)
                with self._connection.transaction():
                    yield self._connection
            except psycopg.Error as error:
                said = str(error).strip().splitlines()
                why = said[0] if said else type(error).__name__
                raise VectorIndexError(f"数据库中的向量无法使用：{why} / the vectors in the database cannot be used") from error

    def close(self) -> None:
        """Give the connection back; the next transaction opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    def _open(self, psycopg: Any) -> Any:  # noqa: ANN401 - module in, connection out
        from pgvector.psycopg import register_vector

        made = psycopg.connect(self._url, autocommit=True, connect_timeout=10)
        try:
            if made.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone() is None:
                with made.transaction():
                    made.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
                    made.execute("CREATE EXTENSION IF NOT EXISTS vector")
            register_vector(made)
        except psycopg.Error as error:
            made.close()
            raise VectorIndexError(
                "数据库没有 pgvector 扩展，请管理员运行 CREATE EXTENSION vector / "
                "the database lacks pgvector: have an administrator run CREATE EXTENSION vector"
            ) from error
        return made


class PgvectorIndex:
    """Vectors in one table of PostgreSQL; see :class:`models.index.VectorIndex`.

    Args:
        database: where the table is.
        name: of the index; what is there under this name is kept.
        dimension: of the vectors.
        expected: their number; above :data:`models.index.FLAT_UP_TO` an HNSW index is made.
    """

    kind = "pgvector"

    def __init__(self, database: VectorDatabase, name: str, dimension: int, expected: int = 0) -> None:
        self.dimension = dimension
        self._database = database
        self._table = f"search_index_{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        self._graph = expected > FLAT_UP_TO
        with database.transaction() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
            made = "CREATE TABLE IF NOT EXISTS {table} (id bigint PRIMARY KEY, vector vector({dimension}) NOT NULL)"
            self._run(connection, made, numbers={"dimension": dimension})
            connection.execute(
                "INSERT INTO search_indexes (name) VALUES (%s) ON CONFLICT (name) DO UPDATE SET used = current_date",
                [self._table],
            )

    def __len__(self) -> int:
        with self._database.transaction() as connection:
            return int(self._run(connection, "SELECT count(*) FROM {table}").fetchone()[0])

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors under new ids; the graph is made when the first ones are in."""
        with self._database.transaction() as connection:
            there = self._run(connection, "SELECT id FROM {table} WHERE id = ANY(%s)", [[int(i) for i in ids]]).fetchall()
            new = checked(ids, vectors, self.dimension, {row[0] for row in there})
            target = _composed("COPY {table} (id, vector) FROM STDIN WITH (FORMAT BINARY)", self._table)
            with connection.cursor().copy(target) as copy:
                copy.set_types(["int8", "vector"])
                for key, row in zip(new.tolist(), np.asarray(vectors, np.float32), strict=True):
                    copy.write_row((key, row))
            if self._graph:
                connection.execute("SELECT set_config('maintenance_work_mem', %s, true)", [_BUILD_MEMORY])
                self._run(connection, _GRAPH, numbers={"m": LINKS // 2, "ef": EF_BUILD})

    def remove(self, ids: Sequence[int]) -> None:
        """Take vectors out."""
        with self._database.transaction() as connection:
            self._run(connection, "DELETE FROM {table} WHERE id = ANY(%s)", [[int(i) for i in ids]])

    def search(self, query: Vectors, most: int, allowed: Ids | None = None) -> tuple[Ids, NDArray[np.float32]]:
        """The nearest: exactly without the graph, nearly so with it."""
        wanted, inside = np.asarray(query, np.float32), None if allowed is None else np.asarray(allowed, np.int64).tolist()
        with self._database.transaction() as connection:
            if self._graph:
                connection.execute("SELECT set_config('hnsw.ef_search', %s, true)", [str(min(max(EF_SEARCH, most), _EF_MOST))])
                connection.execute("SELECT set_config('hnsw.iterative_scan', 'strict_order', true)")
            text = _NEAREST if inside is None else _NEAREST_INSIDE
            given = [wanted, wanted, max(0, most)] if inside is None else [wanted, inside, wanted, max(0, most)]
            found = self._run(connection, text, given).fetchall()
        ids = np.array([row[0] for row in found], np.int64)
        return best(ids, np.array([row[1] for row in found], np.float32), most)

    def _run(self, connection: Any, text: LiteralString, given: Sequence[Any] = (), numbers: dict[str, int] | None = None) -> Any:  # noqa: ANN401 - a connection in, a cursor out
        return connection.execute(_composed(text, self._table, numbers), given, binary=True)


class PostgresStore:
    """Vectors and adapters of a catalogue in its database; see :class:`models.store.PassageStore`.

    Args:
        url: of the database.

    Raises:
        VectorIndexError: a package, the extension or the database is missing.
    """

    def __init__(self, url: str) -> None:
        self.database = VectorDatabase(url)

    def vectors(
        self, catalogue: str, encoder: Encoder, keys: Sequence[str], texts: Sequence[str], progress: Progress = silent
    ) -> Vectors:
        """Vectors of the passages; what is missing is encoded and written batch by batch, so that a stop loses one batch."""
        del catalogue  # a key says what a passage is, in any version
        with self.database.transaction() as connection:
            rows = connection.execute(
                "UPDATE search_vectors SET used = current_date WHERE encoder = %s AND key = ANY(%s) RETURNING key, vector",
                [encoder.fingerprint, list(keys)],
                binary=True,
            ).fetchall()
            connection.execute("DELETE FROM search_vectors WHERE used < current_date - %s", [_FORGET_DAYS])
        known = {key: np.asarray(vector.to_numpy(), np.float32) for key, vector in rows}
        known = {key: vector for key, vector in known.items() if len(vector) == encoder.dimension}
        missing = [place for place, key in enumerate(keys) if key not in known]
        for start in range(0, len(missing), _BATCH):
            places = missing[start : start + _BATCH]
            made = encoder.encode_passages([texts[place] for place in places])
            known.update({keys[place]: vector for place, vector in zip(places, made, strict=True)})
            with self.database.transaction() as connection:
                connection.cursor().executemany(
                    "INSERT INTO search_vectors (encoder, key, vector) VALUES (%s, %s, %s)"
                    " ON CONFLICT (encoder, key) DO UPDATE SET vector = excluded.vector",
                    [(encoder.fingerprint, keys[place], vector) for place, vector in zip(places, made, strict=True)],
                )
            progress("编码政策条款 / encoding the clauses", min(1.0, (start + _BATCH) / len(missing)))
        found: Vectors = np.zeros((len(keys), encoder.dimension), np.float32)
        for place, key in enumerate(keys):
            found[place] = known[key]
        return found

    def adapter(self, key: str, encoder: Encoder, make: Callable[[], Adapter]) -> Adapter:
        """The adapter kept under this key, else a new one, which is then kept."""
        with self.database.transaction() as connection:
            row = connection.execute(
                "UPDATE search_adapters SET used = current_date WHERE encoder = %s AND key = %s RETURNING body",
                [encoder.fingerprint, key],
            ).fetchone()
            connection.execute("DELETE FROM search_adapters WHERE used < current_date - %s", [_FORGET_DAYS])
        if row is not None:
            try:
                return from_bytes(bytes(row[0]), encoder.name, encoder.dimension)
            except EncoderError:
                pass  # of another form: made anew
        made = make()
        with self.database.transaction() as connection:
            connection.execute(
                "INSERT INTO search_adapters (encoder, key, body) VALUES (%s, %s, %s)"
                " ON CONFLICT (encoder, key) DO UPDATE SET body = excluded.body, used = current_date",
                [encoder.fingerprint, key, made.to_bytes()],
            )
        return made

    def index(self, vectors: Vectors) -> VectorIndex:
        """An index of these vectors, ids 0 … n-1; the one another server made of the same vectors is used as it is."""
        name = hashlib.sha256(np.ascontiguousarray(vectors).tobytes()).hexdigest()
        with self.database.transaction() as connection:  # all or nothing, and one server at a time
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_KEY])
            made = PgvectorIndex(self.database, name, vectors.shape[1], len(vectors))
            if not len(made):
                made.add(range(len(vectors)), vectors)
            self._drop_unused(connection)
        return made

    def close(self) -> None:
        """Give the connection back; the next transaction opens another."""
        self.database.close()

    def _drop_unused(self, connection: Any) -> None:  # noqa: ANN401 - a connection
        old = "DELETE FROM search_indexes WHERE used < current_date - %s RETURNING name"
        for (name,) in connection.execute(old, [_FORGET_DAYS]).fetchall():
            connection.execute(_composed("DROP TABLE IF EXISTS {table}", name))


def _composed(text: LiteralString, table: str, numbers: dict[str, int] | None = None) -> Any:  # noqa: ANN401 - of psycopg
    """A statement with its table, the table's graph and numbers in place."""
    from psycopg import sql

    names = {"table": sql.Identifier(table), "graph": sql.Identifier(f"{table}_graph")}
    return sql.SQL(text).format(**names, **{name: sql.Literal(number) for name, number in (numbers or {}).items()})


def _psycopg() -> Any:  # noqa: ANN401 - the module
    try:
        import pgvector.psycopg  # noqa: F401 - told missing in the same words
        import psycopg
    except ImportError as error:
        raise VectorIndexError(f"缺少 psycopg 或 pgvector，请运行 {INSTALL_HINT} / missing: {INSTALL_HINT}") from error
    return psycopg
