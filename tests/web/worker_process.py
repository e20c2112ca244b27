"""A worker in a process of its own, for tests that kill it: ``worker_process.py PACK LEASE SLOW``.

The pack of the folder PACK is known under its own name, a lease lasts LEASE seconds, and every
chunk takes SLOW seconds longer. The number of every chunk that is run goes to standard output.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from coercivity.catalogue import open_pack  # noqa: E402
from coercivity.desk import packs  # noqa: E402
from coercivity.desk.runs.working import Worker  # noqa: E402
from coercivity.experiments.chunks import ChunkRunner  # noqa: E402


def main(folder: str, lease: str, slow: str) -> None:
    pack = open_pack(Path(folder))
    packs.opened = lambda name: pack
    run = ChunkRunner.run

    def slowly(self, part, **options):
        found = run(self, part, **options)
        time.sleep(float(slow))
        print(f"chunk {part.number}", flush=True)
        return found

    ChunkRunner.run = slowly
    worker = Worker(lease=timedelta(seconds=float(lease)))
    worker.listen_to_signals()
    print("ready", flush=True)
    worker.work()


if __name__ == "__main__":
    main(*sys.argv[1:])
