"""Units of a bulk run on Dask workers: on this machine by default, or on a cluster by its scheduler's address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from matcher.bulk.files import Unit
from matcher.bulk.run import Done, Execute, Job, process


def on_dask(scheduler: str | None = None, workers: int | None = None) -> Execute:
    """Do units on Dask; each is one task, done again on another worker if its worker dies.

    Args:
        scheduler: address such as ``tcp://host:8786``; its workers must see the same files. Without
            one a cluster of processes is started on this machine.
        workers: processes of that cluster; one for each core if left out.
    """

    def execute(job: Job, units: Sequence[Unit]) -> Iterator[Done]:
        from distributed import Client, LocalCluster, as_completed

        with ExitStack() as stack:
            target = scheduler or stack.enter_context(
                LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None)
            )
            client = stack.enter_context(Client(target))
            futures = [client.submit(process, job, unit, key=f"{job.out}/{unit.name}", retries=2, pure=False) for unit in units]
            for future in as_completed(futures):
                yield future.result()

    return execute
