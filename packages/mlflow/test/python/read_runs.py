# Reads runs with MLflow's own client, one line of JSON in, one out, until its input ends.
import hashlib, json, os, sys, tempfile

os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
from mlflow import MlflowClient

client = MlflowClient(sys.argv[1])


def files(run, folder=None):
    for file in client.list_artifacts(run, folder):
        if file.is_dir:
            yield from files(run, file.path)
        else:
            yield file


def number(value):
    return "NaN" if value != value else value


def read(run_tag):
    experiments = [e.experiment_id for e in client.search_experiments()]
    run = client.search_runs(experiments, f"tags.`runferry.run_id` = '{run_tag}'")[0]
    info, data = run.info, run.data
    histories = {
        key: [[p.timestamp, p.step, number(p.value)] for p in client.get_metric_history(info.run_id, key)]
        for key in data.metrics
    }
    hashes = {}
    with tempfile.TemporaryDirectory() as folder:
        for file in files(info.run_id):
            if file.path.startswith("_runferry/"):
                continue
            path = client.download_artifacts(info.run_id, file.path, folder)
            with open(path, "rb") as opened:
                hashes[file.path] = [hashlib.sha256(opened.read()).hexdigest(), file.file_size]
    return {
        "name": info.run_name,
        "experiment": client.get_experiment(info.experiment_id).name,
        "status": info.status,
        "start": info.start_time,
        "end": info.end_time,
        "params": data.params,
        "tags": data.tags,
        "metrics": histories,
        "files": hashes,
    }


for line in sys.stdin:
    print(json.dumps(read(line.strip())), flush=True)
