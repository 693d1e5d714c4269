"""Writes small stores as three local trackers lay them out, and beside them what a reader must find.

    python3 write_stores.py <folder>

Only the standard library: the JSON is Python's own, with its bare NaN, its spelling of numbers and its times without a
zone. The same folder comes out every time.
"""

import datetime
import hashlib
import json
import os
import sys

start = datetime.datetime(2024, 11, 15, 10, 30, 0)


def dump(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def later(seconds):
    return start + datetime.timedelta(seconds=seconds)


def ms(time):
    """As milliseconds since 1970, the clock on the wall being UTC."""
    return time.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000


def number(value):
    return str(value) if value != value or value in (float("inf"), float("-inf")) else value


params = {
    "learning_rate": 0.001,
    "momentum": 1.0,
    "seed": 12345678901234567890,
    "hidden_dims": [256, 128, 64],
    "optimizer": {"name": "adam", "betas": [0.9, 0.999]},
    "note": "a \"quoted\" Füllwort\n",
    "warmup": None,
}


def lab(root):
    runs, index = [], []
    for nr, (experiment, status) in enumerate(
        [("ctr_model", "completed"), ("ctr_model", "failed"), ("ranking", "running")], start=1
    ):
        name = f"run_{nr:03}"
        folder = os.path.join(root, "runs", name)
        created = later(nr * 3600)
        metrics, points = {}, []
        for step in range(5):
            for at, (metric, value) in enumerate({"train_loss": 1 / (step + nr), "val_auc": 0.5 + step / 10}.items()):
                if metric == "train_loss" and step == 3 and nr == 2:
                    value = float("nan")
                time = created + datetime.timedelta(seconds=step * 60 + at, microseconds=step * 1001)
                entry = {"step": step, "value": value, "timestamp": time.isoformat()}
                metrics.setdefault(metric, []).append(entry)
                points.append([metric, step, ms(time), number(value)])
        time = created + datetime.timedelta(seconds=900)
        metrics["test_auc"] = [{"step": None, "value": 0.8234, "timestamp": time.isoformat()}]
        points.append(["test_auc", None, ms(time), 0.8234])
        dump(os.path.join(folder, "params.json"), params)
        dump(os.path.join(folder, "metrics.json"), metrics)
        files = {
            "model_best.pt": put(os.path.join(folder, "artifacts", "model_best.pt"), bytes(range(256)) * nr),
            "plots/loss.png": put(os.path.join(folder, "artifacts", "plots", "loss.png"), b"no picture"),
            "other/notes.txt": put(os.path.join(folder, "notes.txt"), b"written by hand"),
        }
        entry = {
            "run_id": name,
            "experiment_name": experiment,
            "created_at": created.isoformat(),
            "status": status,
            "tags": {"version": f"v{nr}", "trial": nr},
            "description": "Baseline model",
            "run_dir": f"experiments/runs/{name}",
        }
        finished = created + datetime.timedelta(seconds=1800)
        if status != "running":
            entry["finished_at"] = finished.isoformat()
        index.append(entry)
        runs.append(
            {
                "id": name,
                "name": name,
                "experiment": experiment,
                "createdAt": ms(created),
                "description": "Baseline model",
                "params": json.dumps(params),
                "tags": {"version": f"v{nr}", "trial": str(nr)},
                "points": points,
                "files": files,
                "status": {"completed": "finished"}.get(status, status),
                "endedAt": None if status == "running" else ms(finished),
            }
        )
    dump(os.path.join(root, "metadata.json"), index)
    return runs


def neural(root):
    runs = []
    for nr, status in enumerate(["completed", "created"], start=1):
        folder = os.path.join(root, f"my_experiment_{nr:08x}")
        created = later(nr * 100)
        metrics, points = [], []
        for step in range(4):
            time = ms(created) / 1000 + step + 0.125
            metrics.append({"timestamp": time, "step": step, "loss": 1 / (1 + step), "accuracy": step / 4})
            points += [["loss", step, time * 1000, 1 / (1 + step)], ["accuracy", step, time * 1000, step / 4]]
        time = ms(created) / 1000 + 10
        metrics.append({"timestamp": time, "step": None, "loss": float("inf")})
        points.append(["loss", None, time * 1000, "inf"])
        model = put(os.path.join(folder, "artifacts", "model.h5"), b"weights" * nr)
        figure = put(os.path.join(folder, "plots", "training_curves.png"), b"no picture")
        artifacts = {
            "model.h5": {
                "path": f"neural_experiments/{nr}/artifacts/model.h5",
                "type": "model",
                "framework": "tensorflow",
                "size": model["bytes"],
                "timestamp": time,
            },
            "training_curves.png": {"path": "plots/training_curves.png", "type": "figure", "timestamp": time},
        }
        metadata = {"start_time": created.isoformat(), "status": status}
        if status == "completed":
            metadata["end_time"] = later(nr * 100 + 60).isoformat()
        dump(os.path.join(folder, "metadata.json"), metadata)
        dump(os.path.join(folder, "hyperparameters.json"), params)
        dump(os.path.join(folder, "metrics.json"), metrics)
        dump(os.path.join(folder, "artifacts.json"), artifacts)
        summary = put(os.path.join(folder, "summary.json"), b"{}")
        runs.append(
            {
                "id": f"{nr:08x}",
                "name": f"my_experiment_{nr:08x}",
                "experiment": "my_experiment",
                "createdAt": ms(created),
                "params": json.dumps(params),
                "tags": {},
                "points": points,
                "files": {
                    "model.h5": {**model, "type": "model", "at": time * 1000},
                    "plots/training_curves.png": {**figure, "type": "figure", "at": time * 1000},
                    "other/summary.json": summary,
                },
                "models": {"model.h5": "tensorflow"},
                "status": "finished" if status == "completed" else "running",
                "endedAt": ms(later(nr * 100 + 60)) if status == "completed" else None,
            }
        )
    return runs


def engine(root):
    folder = os.path.join(root, "model_development", "random_forest", "rf_baseline")
    zone = datetime.timezone(datetime.timedelta(hours=2))
    created = start.replace(tzinfo=zone)
    info = {
        "run_id": "7f3a",
        "run_name": "rf_baseline",
        "status": "FAILED",
        "start_time": created.isoformat(),
        "end_time": (created + datetime.timedelta(minutes=5)).isoformat(),
    }
    dump(os.path.join(folder, "run_info.json"), info)
    dump(os.path.join(folder, "params.json"), params)
    dump(os.path.join(folder, "tags.json"), {"model_type": "transformer"})
    at = created.timestamp() * 1000
    dump(
        os.path.join(folder, "metrics.json"),
        {"accuracy": [{"value": 0.92, "step": 1, "timestamp": at + 1000}], "test_accuracy": 0.9},
    )
    report = put(os.path.join(folder, "artifacts", "classification_report.json"), b'{"a": 1}')
    return [
        {
            "id": "7f3a",
            "name": "rf_baseline",
            "experiment": "model_development/random_forest",
            "createdAt": at,
            "params": json.dumps(params),
            "tags": {"model_type": "transformer"},
            "points": [["accuracy", 1, at + 1000, 0.92], ["test_accuracy", None, at, 0.9]],
            "files": {"classification_report.json": report},
            "status": "failed",
            "endedAt": at + 300_000,
        }
    ]


if __name__ == "__main__":
    target = sys.argv[1]
    expected = {layout.__name__: layout(os.path.join(target, layout.__name__)) for layout in (lab, neural, engine)}
    dump(os.path.join(target, "expected.json"), expected)
