"""The same counting on a Dask cluster: counties are shared out, each worker asks DuckDB the same query, and whole numbers come back.

Workers need this program and its roll-up requirements, and the files under the same paths.
"""

from collections.abc import Sequence

from distributed import Client

from lib.core.model import Refused
from lib.core.program import Program
from lib.rollup import counting
from lib.rollup.counting import Counts
from lib.rollup.sources import Given

WAIT = "10s"
"""For the scheduler to answer."""
SHARES = 4
"""Portions a worker: a few, so that one slow portion does not hold up the rest."""


def count(given: Sequence[Given], program: Program, address: str) -> list[Counts]:
    """What counting.count gives, in the order given. Raises Refused where no scheduler answers or it has no workers."""
    try:
        client = Client(address, timeout=WAIT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Refused("rollup.scheduler", address=address, detail=str(error)[:200]) from None
    with client:
        workers = sum(client.nthreads().values())
        if not workers:
            raise Refused("rollup.workers", address=address)
        size = -(-len(given) // (SHARES * workers))
        portions = [list(given[start:start + size]) for start in range(0, len(given), size)]
        futures = client.map(counting.count, portions, program=program, pure=False)
        return [counts for portion in client.gather(futures) for counts in portion]
