"""`python -m worker`: the same as `amili-purge`.

Decides one thing: a stranger's `config.py` in the current directory is not ours, and is never imported.
"""

import sys
from pathlib import Path

if not sys.flags.safe_path:  # python -P already leaves the current directory out
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from worker.cli import main

if __name__ == "__main__":
    main()
