"""One run with everything that a run can hold, a second one that uses its artifact, and one that fails."""

import math
import os
import struct
import wave

import plotly.graph_objects as plotly
import wandb
from PIL import Image

project, run_id = os.environ["PROJECT"], os.environ["RUN_ID"]


def tone(path):
    with wave.open(path, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"".join(struct.pack("<h", i * 100 % 20000) for i in range(400)))
    return path


run = wandb.init(
    project=project,
    id=run_id,
    name="everything",
    notes="a note",
    tags=["one", "two"],
    group="group",
    job_type="train",
    config={"lr": 0.1, "nested": {"depth": 2, "list": [1, "x"]}, "none": None, "big": 2**60, "text": "ü"},
)
run.define_metric("epoch")
run.define_metric("loss", step_metric="epoch", summary="min")
run.define_metric("val/*", step_metric="epoch")
for i in range(4):
    run.log({"loss": 1 / (i + 1), "epoch": i, "val/acc": i / 4, "nested": {"a": i}})
run.log({"nan": math.nan, "inf": math.inf, "minus": -math.inf, "text": "some text", "yes": True})
run.log({"gap": 1.0}, step=20)

image = Image.new("RGB", (4, 3), (200, 10, 20))
mask = Image.new("L", (4, 3), 1)
table = wandb.Table(columns=["a", "b"], data=[[1, "x"], [2.5, None]])
run.log({"image": wandb.Image(image, caption="red")}, step=21)
run.log({"images": [wandb.Image(image), wandb.Image(mask)]}, step=22)
run.log({"sound": wandb.Audio(tone("tone.wav"), caption="tone")}, step=23)
run.log({"histogram": wandb.Histogram(np_histogram=([1, 2, 1], [0.0, 0.5, 1.0, 1.5]))}, step=24)
run.log({"table": table}, step=25)
run.log({"figure": wandb.Plotly(plotly.Figure(data=[plotly.Scatter(x=[0, 1], y=[1, 2])]))}, step=26)
run.log({"page": wandb.Html("<p>hello</p>", inject=False)}, step=27)
run.log({"curve": wandb.plot.line(wandb.Table(columns=["x", "y"], data=[[0, 1], [1, 2]]), "x", "y", title="T")}, step=28)

run.config.update({"later": 1})
run.summary["best"] = 0.25
run.alert("title", "text", level=wandb.AlertLevel.WARN, wait_duration=60)
print("a line of the console")

with open("notes.txt", "w") as file:
    file.write("some notes\n")
run.save("notes.txt", policy="now")

artifact = wandb.Artifact("weights", type="model", description="of the run", metadata={"layers": 3})
with artifact.new_file("model.bin", mode="wb") as file:
    file.write(b"hello model")
with artifact.new_file("deep/er.txt") as file:
    file.write("deeper")
artifact.add_reference("http://example.invalid/data.csv", name="data.csv", checksum=False)
run.log_artifact(artifact, aliases=["best"])
artifact.wait()
assert artifact.version == "v0", artifact.version

same = wandb.Artifact("weights", type="model")
with same.new_file("model.bin", mode="wb") as file:
    file.write(b"hello model")
with same.new_file("deep/er.txt") as file:
    file.write("other")
run.log_artifact(same)
same.wait()
assert same.version == "v1", same.version
run.finish()

user = wandb.init(project=project, id=f"{run_id}-user", job_type="evaluate", group="group")
used = user.use_artifact("weights:best")
assert used.version == "v0" and "best" in used.aliases, (used.version, used.aliases)
with open(os.path.join(used.download("downloaded"), "model.bin"), "rb") as file:
    assert file.read() == b"hello model"
again = wandb.Artifact("weights", type="model")
with again.new_file("model.bin", mode="wb") as file:
    file.write(b"hello model")
with again.new_file("deep/er.txt") as file:
    file.write("other")
user.log_artifact(again)
again.wait()
assert again.version == "v1", again.version
user.finish()

failing = wandb.init(project=project, id=f"{run_id}-fails")
failing.log({"loss": 1.0})
failing.mark_preempting()
failing.finish(exit_code=3)
