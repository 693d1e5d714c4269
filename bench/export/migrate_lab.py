"""What people write to move a lab tracker's folder: each run to MLflow's file store, tensorboardX and wandb offline.

Arguments: the folder, where to write, how many runs. OTHERS names the packages of two more parts of tools/peers.
Prints the seconds from the first run until all is closed.
"""

import json
import os
import sys
import time
from datetime import datetime

sys.path += os.environ["OTHERS"].split(os.pathsep)

import mlflow  # noqa: E402
import wandb  # noqa: E402
from tensorboardX import SummaryWriter  # noqa: E402

source, target, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
begin = time.perf_counter()
mlflow.set_tracking_uri(f"file://{target}/mlruns")
with open(f"{source}/metadata.json") as file:
    runs = json.load(file)[:count]
for run in runs:
    folder = f"{source}/runs/{run['run_id']}"
    with open(f"{folder}/params.json") as file:
        params = json.load(file)
    with open(f"{folder}/metrics.json") as file:
        metrics = json.load(file)
    steps = {}
    for name, points in metrics.items():
        for point in points:
            at = datetime.fromisoformat(point["timestamp"]).timestamp()
            steps.setdefault(point["step"], (at, {}))[1][name] = point["value"]
    mlflow.set_experiment(run["experiment_name"])
    to_wandb = wandb.init(project=run["experiment_name"], name=run["run_id"], config=params, dir=target)
    to_tensorboard = SummaryWriter(f"{target}/tb/{run['experiment_name']}/{run['run_id']}")
    with mlflow.start_run(run_name=run["run_id"], tags=run["tags"]):
        mlflow.log_params(params)
        for step, (at, values) in steps.items():
            mlflow.log_metrics(values, step=step)
            to_wandb.log(values, step=step)
            for name, value in values.items():
                to_tensorboard.add_scalar(name, value, step, walltime=at)
    to_wandb.finish()
    to_tensorboard.close()
print(time.perf_counter() - begin)
