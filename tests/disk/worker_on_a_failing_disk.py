"""`python -m tests.disk.worker_on_a_failing_disk JOURNAL BYTES WORDS…`: the worker, and a disk that breaks under it.

Once the sandbox's journal has grown to so many bytes, every sync of this process fails with EIO.
"""

import sys
import threading
import time
from pathlib import Path

from tests.disk.failing_sync import fail_syncs
from worker.cli import main


def _watch(journal: Path, size: int) -> None:
    while journal.stat().st_size < size:
        time.sleep(0.002)
    fail_syncs(everywhere=True)


if __name__ == "__main__":
    watched, grown = Path(sys.argv[1]), int(sys.argv[2])
    threading.Thread(target=_watch, args=(watched, grown), daemon=True).start()
    sys.argv[1:] = sys.argv[3:]
    main()
