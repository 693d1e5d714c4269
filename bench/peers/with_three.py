"""One loop that logs to three trackers, in three parts of tools/peers: THREE names the packages of the other two.

Told apart from what loop.py prints by a line of its own: the seconds of processor time.
"""

import os
import resource
import sys

from loop import main

sys.path += os.environ["THREE"].split(os.pathsep)


def start(folder):
    import mlflow
    import wandb
    from tensorboardX import SummaryWriter

    mlflow.start_run()
    run = wandb.init(project="bench", dir=folder)
    writer = SummaryWriter(folder)

    def log(step, values):
        mlflow.log_metrics(values, step=step)
        run.log(values, step=step)
        for name, value in values.items():
            writer.add_scalar(name, value, step)

    def close():
        mlflow.end_run()
        run.finish()
        writer.close()

    return log, close


main(start, lambda folder: [])
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
os.write(1, b"%.6f\n" % sum(one.ru_utime + one.ru_stime for one in used))
