"""Measures the peers of bench/mlflow.ts at the server that MLFLOW_TRACKING_URI names: prints seconds.

`export <experiment> <folder>` writes an experiment as mlflow-export-import keeps it, `import <experiment> <folder>` brings
it back, `loop <experiment> <file>` logs the same runs with MLflow's own client. The last two are told how many runs, and points of
three of them, must be there afterwards.
"""
import contextlib
import json
import sys
import time

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

what, experiment, path = sys.argv[1:4]
client = MlflowClient()


def loop(runs):
    experiment_id = client.create_experiment(experiment)
    for run in runs:
        made = client.create_run(experiment_id, start_time=run["start"], run_name=run["name"])
        run_id = made.info.run_id
        client.log_batch(
            run_id,
            params=[Param(key, str(value)) for key, value in run["params"].items()],
            tags=[RunTag(key, value) for key, value in run["tags"].items()],
        )
        metrics = [
            Metric(key, value, at, step) for at, step, values in run["points"] for key, value in values.items()
        ]
        for start in range(0, len(metrics), 1000):
            client.log_batch(run_id, metrics=metrics[start : start + 1000])
        client.set_terminated(run_id, end_time=run["end"])


if what == "loop":
    with open(path) as file:
        runs = json.load(file)
    work = lambda: loop(runs)
elif what == "export":
    from mlflow_export_import.experiment.export_experiment import ExperimentExporter

    work = lambda: ExperimentExporter(client).export_experiment(experiment, path)
else:
    from mlflow_export_import.experiment.import_experiment import ExperimentImporter

    work = lambda: ExperimentImporter(client).import_experiment(experiment, path)

with contextlib.redirect_stdout(sys.stderr):
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
if what != "export":
    ids = [client.get_experiment_by_name(experiment).experiment_id]
    runs = client.search_runs(ids, max_results=50000)
    points = sum(len(client.get_metric_history(run.info.run_id, key)) for run in runs[:3] for key in run.data.metrics)
    assert (len(runs), points) == (int(sys.argv[4]), int(sys.argv[5])), (len(runs), points)
print(seconds)
