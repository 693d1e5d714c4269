"""A small run without a network, and without a word of the machine it ran on."""

import os
import sys

import wandb

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
quiet = wandb.Settings(
    x_disable_meta=True,
    x_disable_stats=True,
    disable_git=True,
    disable_code=True,
    x_save_requirements=False,
    host="node1",
)
run = wandb.init(
    project="proj",
    entity="someone",
    id="golden01",
    name="golden",
    notes="a note",
    tags=["one"],
    group="group",
    job_type="train",
    mode="offline",
    dir=folder,
    config={"lr": 0.1, "nested": {"list": [1, "x"]}},
    settings=quiet,
)
run.define_metric("loss", step_metric="epoch", summary="min")
for i in range(3):
    run.log({"loss": 1 / (i + 1), "epoch": i, "nested": {"a": i}})
run.log({"nan": float("nan"), "text": "some text"}, step=7)
run.log({"table": wandb.Table(columns=["a", "b"], data=[[1, "x"], [2.5, None]])}, step=8)
run.summary["best"] = 0.25
print("a line of the console")
run.finish(exit_code=3)
