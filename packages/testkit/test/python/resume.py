"""A run with system metrics that is left, resumed and finished."""

import os
import time

import wandb

project, run_id = os.environ["PROJECT"], os.environ["RUN_ID"]

measured = wandb.Settings(x_disable_stats=False, x_stats_sampling_interval=0.2)
run = wandb.init(project=project, id=run_id, config={"lr": 0.1}, settings=measured)
for step in range(3):
    run.log({"loss": float(step)})
print("first console")
time.sleep(0.5)
run.finish()

run = wandb.init(project=project, id=run_id, resume="must", config={"more": 2})
assert run.resumed and run.starting_step == 3, (run.resumed, run.starting_step)
assert run.config["lr"] == 0.1 and run.config["more"] == 2, dict(run.config)
for step in range(2):
    run.log({"loss": float(10 + step)})
print("second console")
run.finish()

try:
    wandb.init(project=project, id=run_id, resume="never")
except wandb.errors.UsageError as error:
    assert run_id in str(error), error
else:
    raise AssertionError("a run that is there was started anew")
wandb.teardown()
