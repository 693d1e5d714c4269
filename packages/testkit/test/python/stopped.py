"""A run that goes on until it is stopped from outside."""

import os
import sys
import time

import wandb

run = wandb.init(project=os.environ["PROJECT"], id=os.environ["RUN_ID"])
run.log({"loss": 1.0})
try:
    time.sleep(30)
except KeyboardInterrupt:
    print("stopped")
    run.finish(exit_code=130)
    sys.exit(0)
raise AssertionError("nobody stopped it")
