"""What the other programs have no need of, after resume.py."""

import os

import wandb

project, run_id = os.environ["PROJECT"], os.environ["RUN_ID"]
api = wandb.Api()
run = api.run(f"{project}/{run_id}")

with open("after.txt", "w") as file:
    file.write("after the end\n")
run.upload_file("after.txt")
assert "after.txt" in {file.name for file in run.files()} and run.state == "finished", run.state
system = run.history(stream="system", pandas=False)
assert len(system) > 0 and all("_runtime" in row for row in system), system

with wandb.init(project=project, id=f"{run_id}-tagged") as tagged:
    artifact = wandb.Artifact("tagged", type="model")
    with artifact.new_file("model.bin", mode="wb") as file:
        file.write(b"a tagged model")
    tagged.log_artifact(artifact, tags=["good"])
    artifact.wait()
there = api.artifact(f"{project}/tagged:latest")
assert there.tags == ["good"], there.tags
run.use_artifact(there, use_as="base")
assert [one.name for one in api.run(f"{project}/{run_id}").used_artifacts()] == ["tagged:v0"]

api.run(f"{project}/{run_id}-tagged").delete(delete_artifacts=True)
assert f"{run_id}-tagged" not in [one.id for one in api.runs(project)]
