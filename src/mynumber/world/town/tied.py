"""Run `mynumber` as long as its starter lives: `python -m mynumber.world.town.tied serve ROLE --config FILE`.

Promises that an institution of a model town ends in order when the process that holds the other end of its standard
input is gone, however that process ended; `kill -9` gives nobody the time to stop ten others. What does not end within
STOP_SECONDS is ended.
"""

import os
import runpy
import signal
import threading
import time

STOP_SECONDS = 15.0


def _end_with_the_other_side() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os._exit(70)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_other_side, daemon=True).start()
    runpy.run_module("mynumber", run_name="__main__", alter_sys=True)
