# Reads tables and images of a run with MLflow's own client and Pillow, as its page finds them; one object of JSON.
import json, os, sys, tempfile

os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
import mlflow
import PIL.Image
from mlflow import MlflowClient

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
run = client.get_run(sys.argv[2])
tables = {}
for entry in json.loads(run.data.tags.get("mlflow.loggedArtifacts", "[]")):
    table = client.load_table(run.info.experiment_id, entry["path"], run_ids=[run.info.run_id])
    tables[entry["path"]] = json.loads(table.to_json(orient="split", index=False))
images = {}
with tempfile.TemporaryDirectory() as folder:
    for file in client.list_artifacts(run.info.run_id, "images"):
        stem, ending = os.path.splitext(os.path.basename(file.path))
        key, step_word, step, time_word, timestamp, ident, *compressed = stem.split("+")
        assert (step_word, time_word, ending) == ("step", "timestamp", ".png"), file.path
        name = f"{key.replace('~', '/')} {int(step)} {int(timestamp)}"
        size = PIL.Image.open(client.download_artifacts(run.info.run_id, file.path, folder)).size
        images.setdefault(name, {})["small" if compressed else "full"] = size
print(json.dumps({"tables": tables, "images": images, "hasImages": run.data.tags.get("mlflow.loggedImages")}))
