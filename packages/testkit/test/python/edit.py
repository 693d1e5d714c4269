"""Changes by `wandb.Api()` and by forking and rewinding, after either_way.py."""

import os

import wandb

project, run_id = os.environ["PROJECT"], os.environ["RUN_ID"]
api = wandb.Api()
run = api.run(f"{project}/{run_id}")

with open("late.txt", "w") as file:
    file.write("late\n")
run.upload_file("late.txt")
assert "late.txt" in {file.name for file in run.files()}

artifact = api.artifact(f"{project}/weights-{run_id}:latest")
artifact.aliases.append("chosen")
artifact.description = "described"
artifact.metadata["layers"] = 4
artifact.tags = ["good"]
artifact.save()
again = api.artifact(f"{project}/weights-{run_id}:chosen")
assert again.description == "described" and again.tags == ["good"] and again.metadata == {"layers": 4}, again.tags
again.link(f"{project}/portfolio", aliases=["linked"])
assert api.artifact(f"{project}/portfolio:linked").digest == artifact.digest

with wandb.init(project=project, id=f"{run_id}-fork", fork_from=f"{run_id}?_step=2") as fork:
    fork.log({"loss": 5.0})
with wandb.init(project=project, id=run_id, resume_from=f"{run_id}?_step=1") as rewound:
    rewound.log({"loss": 6.0})

forked = api.run(f"{project}/{run_id}-fork")
assert [row["_step"] for row in forked.scan_history()] == [3], list(forked.scan_history())
forked.delete()
try:
    wandb.init(project=project, id=f"{run_id}-fork", settings=wandb.Settings(init_timeout=3))
except wandb.errors.CommError as error:
    assert "3 seconds" in str(error) or "deleted" in str(error), error
else:
    raise AssertionError("a deleted run was made again")
