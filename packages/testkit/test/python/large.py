"""An artifact that is large enough for an upload in parts: 2 GiB and a little."""

import os

import wandb

with open("large.bin", "wb") as file:
    file.truncate((2 << 30) + 5)
run = wandb.init(project=os.environ["PROJECT"], id=os.environ["RUN_ID"])
artifact = wandb.Artifact("large", type="dataset")
artifact.add_file("large.bin", policy="immutable", skip_cache=True)
run.log_artifact(artifact)
artifact.wait()
run.finish()
