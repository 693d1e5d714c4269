"""A run whose requests meet trouble on the way."""

import os

import wandb

run = wandb.init(project=os.environ["PROJECT"], id=os.environ["RUN_ID"], config={"lr": 0.1})
for step in range(10):
    run.log({"loss": 1.0 / (step + 1)})
with open("troubled.txt", "w") as file:
    file.write("some notes\n")
run.save("troubled.txt", policy="now")
artifact = wandb.Artifact("troubled", type="model")
with artifact.new_file("model.bin", mode="wb") as file:
    file.write(b"troubled model")
run.log_artifact(artifact)
run.finish()
