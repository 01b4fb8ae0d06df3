"""A campaign against a server whose successes are lies, as a process of its own: `python -m tests.campaigns.lying DIR`.

What is read back must be gone within 30 s, and that is no setting. So this runs beside the other tests; it decides
nothing and prints one JSON line.
"""

import asyncio
import json
import sys
from pathlib import Path

from tests.campaigns.judge import counted
from tests.campaigns.stage import cast, staged


async def lied_to(directory: Path) -> dict[str, object]:
    """Delete three customers, each read back, and tell how it ended."""
    async with staged(directory, cast(free=3), "lying_success") as stage:
        ending = await stage.run(verify_share=1, settle_time=8, concurrency=1)
        stop = ending.stop.why if ending.stop else None
        sent, existing = stage.sent(), len(stage.sandbox.world.existing())
        return {"exit": ending.exit, "why": stop, "verdicts": counted(ending), "sent": sent, "existing": existing}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(lied_to(Path(sys.argv[1])))))  # noqa: T201 - the one line for whoever started this
