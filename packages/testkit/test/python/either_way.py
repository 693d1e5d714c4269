"""A run, offline or online, with history, a file, an artifact and console lines."""

import os

import wandb

run_id = os.environ["RUN_ID"]
run = wandb.init(
    project=os.environ["PROJECT"],
    id=run_id,
    mode=os.environ["MODE"],
    name="either way",
    config={"lr": 0.1, "seed": 2**60},
    tags=["synced"],
)
for step in range(5):
    run.log({"loss": 1.0 / (step + 1), "page": wandb.Html(f"<p>{step}</p>", inject=False)})
print("a line of the console")
artifact = wandb.Artifact(f"weights-{run_id}", type="model")
with artifact.new_file("model.bin", mode="wb") as file:
    file.write(b"either model")
run.log_artifact(artifact)
run.finish()
