"""Writes the same runs with MLflow's own client into a file store and into a database, and what that client reads back
from them into expected.json: python write_stores.py <folder>"""

import gzip
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import uuid
from pathlib import Path

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow
import pandas
from mlflow import MlflowClient
from mlflow.entities import (
    DatasetInput,
    InputTag,
    LoggedModelInput,
    LoggedModelOutput,
    LoggedModelParameter,
    Metric,
    Param,
    RunTag,
)

START = 1_760_000_000_000  # milliseconds


def write(uri, proxied):
    drawn = random.Random(7)
    uuid.uuid4 = lambda: uuid.UUID(int=drawn.getrandbits(128), version=4)
    mlflow.set_tracking_uri(uri)
    client = MlflowClient(uri)

    # An experiment with everything.
    vision = client.create_experiment("vision ü/α")
    root = client.get_experiment(vision).artifact_location
    parent = client.create_run(vision, start_time=START, run_name="sweep: 'best' # 1").info
    notes = {
        "mlflow.note.content": "A note\n\nwith lines, \"quotes\" and ünïcode.",
        "mlflow.user": "sam",
        "mlflow.source.name": "train.py",
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": "0123456789abcdef0123456789abcdef01234567",
        "mlflow.source.git.branch": "main",
        "team/area": "perception",
        "empty": "",
    }
    metrics = [Metric("loss", 1 / (step + 1), START + 1000 * step, step) for step in range(60)]
    metrics += [Metric("val/acc", step / 10, START + 10_000 * step, step) for step in range(5)]
    metrics += [Metric("val/deep/er", 1e-300, START + 5, -3), Metric("val/deep/er", 5e-324, START + 6, 2**40)]
    metrics += [
        Metric("odd", value, START + 100 * i, i)
        for i, value in enumerate([float("nan"), float("inf"), float("-inf"), -0.0, 1e22, 0.1 + 0.2])
    ]
    # A clock that was set back.
    metrics += [Metric("back", float(i), START + at, i) for i, at in enumerate([500, 100, 300])]
    params = [Param("lr", "1e-05"), Param("opt/name", "adam"), Param("long", "x" * 3000 + "é"), Param("lines", "a\nb\n")]
    client.log_batch(parent.run_id, metrics, params, [RunTag(key, value) for key, value in notes.items()])
    client.log_text(parent.run_id, "ein Text", "notes/größe.txt")
    client.log_text(parent.run_id, "model:\n  name: resnet\n  depth: 18\n  drop: 1.0\n  wd: 1e-05\nseed: 12345678901234567890\nlr: 3e-4\ntags: [a, 'yes']\nnone: null\n", ".hydra/config.yaml")
    frame = pandas.DataFrame({"x": [1, 2], "y": ["a", "b"]})
    dataset = mlflow.data.from_pandas(frame, name="toy", source="s3://bucket/toy.csv")._to_mlflow_entity()
    client.log_inputs(parent.run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])

    model = client.create_logged_model(
        vision, name="net", source_run_id=parent.run_id, model_type="classifier", tags={"quality": "good"},
        params={"layers": "3"},
    )
    client.log_outputs(parent.run_id, [LoggedModelOutput(model.model_id, 3)])
    client.log_metric(parent.run_id, "score", 0.5, timestamp=START + 70_000, step=3, model_id=model.model_id)
    # As log_model does: the files of a model lie with the model.
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").mkdir()
        (Path(folder) / "MLmodel").write_text("flavors: {}\n")
        (Path(folder) / "data" / "weights.bin").write_bytes(bytes(range(64)))
        client.log_model_artifacts(model.model_id, folder)
    client.finalize_logged_model(model.model_id, "READY")
    client.create_registered_model("classifier")
    for _ in range(2):
        version = client.create_model_version(
            "classifier", f"{parent.artifact_uri}/notes", parent.run_id, tags={"checked": "yes"}, description="as ünïcode"
        )
    client.set_registered_model_alias("classifier", "champion", version.version)
    client.transition_model_version_stage("classifier", "1", "Staging")
    client.set_terminated(parent.run_id, "FINISHED", START + 80_000)

    child = client.create_run(
        vision, start_time=START + 1, run_name="child", tags={"mlflow.parentRunId": parent.run_id, "mlflow.user": "sam"}
    ).info
    client.log_metric(child.run_id, "loss", 2.0, timestamp=START + 2, step=0)
    client.log_inputs(child.run_id, models=[LoggedModelInput(model.model_id)])
    client.set_terminated(child.run_id, "FAILED", START + 3)

    deleted = client.create_run(vision, start_time=START + 10, run_name="deleted").info
    client.log_metric(deleted.run_id, "loss", 3.0, timestamp=START + 11, step=0)
    client.set_terminated(deleted.run_id, "KILLED", START + 12)
    client.delete_run(deleted.run_id)

    client.create_run(vision, start_time=START + 20, run_name="still running")

    # Files that are elsewhere, and an experiment that is deleted.
    far = client.create_experiment("far away", artifact_location="s3://bucket/far")
    away = client.create_run(far, start_time=START + 30, run_name="away").info
    client.log_param(away.run_id, "a", 1)
    client.set_terminated(away.run_id, "FINISHED", START + 31)
    gone = client.create_experiment("gone")
    run = client.create_run(gone, start_time=START + 40, run_name="in the bin").info
    client.set_terminated(run.run_id, "FINISHED", START + 41)
    client.delete_experiment(gone)

    # Our own run, as the backend leaves one.
    own = client.create_experiment("own", artifact_location=proxied)
    run = client.create_run(
        own, start_time=START + 50, run_name="ours", tags={"runferry.run_id": "01k73j0m0j0123456789abcdef"}
    ).info
    client.log_param(run.run_id, "lr", "0.1")
    client.set_terminated(run.run_id, "FINISHED", START + 51)
    return run.run_id, client.get_experiment(own)


def read(uri):
    """Every run, deleted ones too, as MLflow's client gives it."""
    client = MlflowClient(uri)
    runs = []
    for experiment in client.search_experiments(view_type=mlflow.entities.ViewType.ALL):
        for run in client.search_runs([experiment.experiment_id], run_view_type=mlflow.entities.ViewType.ALL):
            info = run.info
            said = {
                "id": info.run_id,
                "name": info.run_name,
                "experiment": experiment.name,
                "deleted": "deleted" in (info.lifecycle_stage, experiment.lifecycle_stage),
                "status": info.status,
                "start": info.start_time,
                "end": info.end_time,
                "address": info.artifact_uri,
                "params": run.data.params,
                "tags": run.data.tags,
                "points": [
                    [key, one.step, one.timestamp, repr(one.value)]
                    for key in sorted(run.data.metrics)
                    for one in client.get_metric_history(info.run_id, key)
                ],
                "datasets": [
                    {"name": one.dataset.name, "digest": one.dataset.digest, "tags": {tag.key: tag.value for tag in one.tags}}
                    for one in run.inputs.dataset_inputs
                ],
                "models": [],
                "versions": [],
                "files": {},
            }
            for output in run.outputs.model_outputs if run.outputs else []:
                model = client.get_logged_model(output.model_id)
                metrics = {one.key: one.value for one in model.metrics}
                add_files(said, Path(model.artifact_location.removeprefix("file://")), f"{model.name}/")
                said["models"].append({"name": model.name, "flavor": model.model_type, "step": output.step, "metrics": metrics})
            for version in sorted(client.search_model_versions(f"run_id = '{info.run_id}'"), key=lambda one: int(one.version)):
                whole = client.get_model_version(version.name, version.version)
                said["versions"].append(
                    {
                        "name": whole.name,
                        "stage": whole.current_stage,
                        "aliases": list(whole.aliases),
                        "tags": whole.tags,
                        "description": whole.description,
                    }
                )
            runs.append(said)
    return runs


def add_files(run, folder, under=""):
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            said = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            run["files"][under + path.relative_to(folder).as_posix()] = said


def main(folder):
    files, database = folder / "files", folder / "database"
    for place in (files, database):
        place.mkdir(parents=True)
    os.chdir(files)
    write(f"file://{files}/mlruns", None)
    os.chdir(database)
    run_id, own = write(f"sqlite:///{database}/mlflow.db", "mlflow-artifacts:/4")
    # What a server that hands files on keeps: MLflow's client writes there only through the server.
    kept = database / "mlartifacts" / "4" / run_id / "artifacts"
    kept.mkdir(parents=True)
    (kept / "report.txt").write_text("all well")

    expected = {"mlruns": read(f"file://{files}/mlruns"), "mlflow-db": read(f"sqlite:///{database}/mlflow.db")}
    for run in expected["mlruns"] + expected["mlflow-db"]:
        local = Path(run["address"].removeprefix("file://"))
        add_files(run, kept if run["address"].startswith("mlflow-artifacts:") else local)
    (folder / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
    shutil.move(files / "mlruns", folder / "mlruns")
    files.rmdir()
    store = database / "mlflow.db"
    (database / "mlflow.db.gz").write_bytes(gzip.compress(store.read_bytes(), mtime=0))
    store.unlink()


main(Path(sys.argv[1]).resolve())
