"""What the Python contenders of bench/peers share; a contender gives `start` and `read`.

    rate FOLDER STEPS  logs STEPS steps of 4 values, prints the seconds of the loop and those until all was closed
    ack FOLDER STEPS   a step every millisecond, printing each once its call has returned: to be killed
    read FOLDER STEPS  prints how many values the contender's own reader finds in the first STEPS steps
"""

import math
import os
import sys
import time


def values(step):
    return {
        "loss": 1 / (step + 1),
        "accuracy": 1 - 1 / (step + 2),
        "lr": 0.001,
        "grad_norm": math.sin(step),
    }


def main(start, read):
    what, folder, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if what == "read":
        told = len({(step, name) for step, name in read(folder) if step < steps})
        os.write(1, b"%d\n" % told)
        return
    log, close = start(folder)
    if what == "ack":
        for step in range(steps):
            log(step, values(step))
            os.write(1, b"%d\n" % step)  # nothing of Python's own buffers in between
            time.sleep(0.001)
        return
    begin = time.perf_counter()
    for step in range(steps):
        log(step, values(step))
    looped = time.perf_counter()
    close()
    os.write(1, b"%.6f %.6f\n" % (looped - begin, time.perf_counter() - begin))
