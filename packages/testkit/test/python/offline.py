"""An offline run with history, a file, an artifact and console lines, for `wandb sync`."""

import os

import wandb

run = wandb.init(
    project=os.environ["PROJECT"], id=os.environ["RUN_ID"], mode="offline", config={"lr": 0.1}, tags=["synced"]
)
for step in range(5):
    run.log({"loss": 1.0 / (step + 1), "page": wandb.Html(f"<p>{step}</p>", inject=False)})
print("offline console")
artifact = wandb.Artifact("offline-weights", type="model")
with artifact.new_file("model.bin", mode="wb") as file:
    file.write(b"offline model")
run.log_artifact(artifact)
run.finish()
