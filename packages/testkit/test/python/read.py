"""Reads with `wandb.Api()` what everything.py wrote."""

import math
import os

import wandb

project, run_id = os.environ["PROJECT"], os.environ["RUN_ID"]
api = wandb.Api()
run = api.run(f"{project}/{run_id}")
assert run.state == "finished" and run.name == "everything", (run.state, run.name)
assert run.config["nested"] == {"depth": 2, "list": [1, "x"]}, run.config
assert run.config["big"] == 2**60 and run.config["later"] == 1, run.config
assert run.tags == ["one", "two"] and run.notes == "a note" and run.group == "group", run.tags
assert run.job_type == "train" and run.lastHistoryStep == 28, run.lastHistoryStep
assert run.summary["best"] == 0.25 and run.summary["image"]["_type"] == "image-file", run.summary
assert dict(run.summary["loss"]) == {"min": 0.25}, run.summary["loss"]

rows = list(run.scan_history())
assert [row["_step"] for row in rows] == [0, 1, 2, 3, 4, *range(20, 29)], rows
assert rows[3]["loss"] == 0.25 and math.isnan(float(rows[4]["nan"])), rows[4]
assert float(rows[4]["minus"]) == -math.inf, rows[4]
losses = list(run.scan_history(keys=["_step", "loss"]))
assert losses == [{"_step": i, "loss": 1 / (i + 1)} for i in range(4)], losses
sampled = run.history(samples=5, pandas=False)
assert len(sampled) == 5, sampled
assert run.history(keys=["epoch"], pandas=False)[-1]["epoch"] == 3

names = {file.name for file in run.files()}
assert {"notes.txt", "config.yaml", "output.log", "requirements.txt"} <= names, names
with run.file("notes.txt").download(root="read", replace=True) as file:
    assert file.read() == "some notes\n"
images = [name for name in names if name.startswith("media/images/")]
assert len(images) == 3, images

best = api.artifact(f"{project}/weights:best")
assert best.version == "v0" and best.type == "model" and best.metadata == {"layers": 3}, best.metadata
assert best.digest == best.manifest.digest() and best.size == 17, best.size
assert best.description == "of the run" and sorted(best.manifest.entries) == ["data.csv", "deep/er.txt", "model.bin"]
with open(os.path.join(best.download("best", allow_missing_references=True), "deep/er.txt")) as file:
    assert file.read() == "deeper"
logged = {artifact.name for artifact in run.logged_artifacts()}
assert {"weights:v0", "weights:v1"} <= logged, logged
used = [artifact.name for artifact in api.run(f"{project}/{run_id}-user").used_artifacts()]
assert used == ["weights:v0"], used
assert best.logged_by().id == run_id and [user.id for user in best.used_by()] == [f"{run_id}-user"]
assert [v.version for v in api.artifacts("model", f"{project}/weights")] == ["v1", "v0"]
assert {kind.name for kind in api.artifact_types(project)} == {"model", "run_table"}

failed = api.runs(project, filters={"state": "failed"})
assert [one.id for one in failed] == [f"{run_id}-fails"], failed
assert len(api.runs(project)) == 3
assert [one.id for one in api.runs(project, filters={"config.lr": {"$gt": 0.05}})] == [run_id]
assert [one.id for one in api.runs(project, order="+created_at", per_page=1)][0] == run_id

lines = [line.content for line in run.console_logs()]
assert lines[0] == "a line of the console", lines
assert [one.name for one in api.projects()] == [project]

run.notes = "changed"
run.tags.append("three")
run.update()
run.summary["added"] = 1
run.summary.update()
