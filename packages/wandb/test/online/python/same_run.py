"""The run that is described on stdin, logged with W&B's SDK."""

import json
import sys

import wandb

told = json.load(sys.stdin)
settings = wandb.Settings(disable_git=True, x_disable_stats=True, host=told["host"])
run = wandb.init(
    project=told["project"],
    id=told["id"],
    name=told["name"],
    notes=told["notes"],
    group=told["group"],
    tags=told["tags"],
    config=told["config"],
    settings=settings,
)
run.define_metric("loss", step_metric="epoch", summary="min,last")
for row in told["rows"]:
    run.log({**row["values"], "global_step": row["step"]})
step = len(told["rows"])
counts, edges = told["histogram"]
histogram = wandb.Histogram(np_histogram=(counts, edges))
run.log({"weights": histogram, "global_step": step})
run.log({"words": told["text"], "global_step": step + 1})
image = wandb.Image(told["image"], caption="red")
run.log({"sample": image, "global_step": step + 2})
print("a line of the console")
run.save(told["file"], base_path=told["folder"], policy="now")
run.finish(exit_code=told["exit_code"])
