"""Writes small folders as three trainers lay them out, and beside them what a reader must find.

    python3 write_stores.py <folder>

Only the standard library. The same folder comes out every time.
"""

import csv
import hashlib
import json
import math
import os
import sys


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def rows_to(path, names, rows, missing=""):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=names, restval=missing)
        writer.writeheader()
        writer.writerows(rows)


def number(value):
    return value if math.isfinite(value) else str(value)


def points_of(rows, step):
    return [
        [name, row[step], 0, number(value)]
        for row in rows
        for name, value in row.items()
        if name != step and not isinstance(value, str)
    ]


def run_of(id, experiment, name, params, points, files, tags=None):
    return {
        "id": id,
        "name": name,
        "experiment": experiment,
        "createdAt": 0,
        "params": params,
        "tags": tags or {},
        "points": points,
        "files": files,
        "status": "running",
        "endedAt": None,
    }


hparams = """batch_size: 64
betas: !!python/tuple
- 0.9
- 0.999
lr: 1.0e-05
momentum: 1.0
name: 'yes'
optimizer:
  eps: 1.0e-08
seed: 12345678901234567890
warmup: null
"""
hparams_json = (
    '{"batch_size": 64, "betas": [0.9, 0.999], "lr": 1.0e-05, "momentum": 1.0, "name": "yes",'
    ' "optimizer": {"eps": 1.0e-08}, "seed": 12345678901234567890, "warmup": null}'
)


def lightning(root):
    runs = []
    for version in range(3):
        folder = os.path.join(root, "lightning_logs", f"version_{version}")
        rows = []
        for epoch in range(3):
            for batch in range(2):
                step = epoch * 10 + batch * 5 + 4
                rows.append({"epoch": epoch, "step": step, "train_loss": 1 / (step + 1 + version)})
            loss = float("nan") if version == 1 and epoch == 2 else 0.5 / (epoch + 1)
            rows.append({"epoch": epoch, "step": epoch * 10 + 9, "val/loss": loss})
        rows_to(os.path.join(folder, "metrics.csv"), ["epoch", "step", "train_loss", "val/loss"], rows)
        if version < 2:
            put(os.path.join(folder, "hparams.yaml"), hparams.encode() if version == 0 else b"{}\n")
        saved = "checkpoints/epoch=2-step=30.ckpt"
        files = {saved: put(os.path.join(folder, saved), bytes(range(256)) * (version + 1))}
        params = hparams_json if version == 0 else "{}"
        id = f"lightning_logs/version_{version}"
        runs.append(run_of(id, "lightning_logs", f"version_{version}", params, points_of(rows, "step"), files))
    return runs


def huggingface(root):
    runs = []
    for name, checkpoints, is_saved in [("bert-lr-3e-5", [8, 16], True), ("bert-lr-5e-5", [8, 100], False)]:
        history, files = [], {}

        def state(step, name=name, history=history):
            return {
                "best_global_step": 8,
                "best_metric": 0.4375,
                "best_model_checkpoint": f"out/{name}/checkpoint-8",
                "epoch": 2.0,
                "eval_steps": 8,
                "global_step": step,
                "is_hyper_param_search": False,
                "is_local_process_zero": True,
                "is_world_process_zero": True,
                "log_history": history,
                "logging_steps": 4,
                "max_steps": 16,
                "num_input_tokens_seen": 0,
                "num_train_epochs": 2,
                "save_steps": 8,
                "stateful_callbacks": {"TrainerControl": {"args": {"should_log": False}, "attributes": {}}},
                "total_flos": 1234567890.0,
                "train_batch_size": 32,
                "trial_name": None,
                "trial_params": None,
            }

        def save(path, step):
            data = json.dumps(state(step), indent=2, sort_keys=True) + "\n"
            files[path] = put(os.path.join(root, name, path), data.encode())

        for checkpoint in checkpoints:
            loss = float("nan") if checkpoint == 100 else 1 / checkpoint
            history.append({"epoch": checkpoint / 8, "grad_norm": 2.5, "learning_rate": 3e-05 / checkpoint, "loss": loss, "step": checkpoint})
            history.append({"epoch": checkpoint / 8, "eval_loss": 0.4375, "eval_runtime": 0.75, "step": checkpoint})
            save(f"checkpoint-{checkpoint}/trainer_state.json", checkpoint)
            weights = f"checkpoint-{checkpoint}/model.safetensors"
            files[weights] = put(os.path.join(root, name, weights), b"weights" * checkpoint)
        if is_saved:
            history.append({"epoch": 2.0, "step": 16, "total_flos": 1234567890.0, "train_loss": 0.0625, "train_runtime": 12.5})
            save("trainer_state.json", 16)
        files["config.json"] = put(os.path.join(root, name, "config.json"), b'{"model_type": "bert"}')
        params = '{"eval_steps": 8, "logging_steps": 4, "max_steps": 16, "num_train_epochs": 2, "save_steps": 8, "train_batch_size": 32, "trial_params": null}'
        tags = {"best_global_step": "8", "best_metric": "0.4375", "best_model_checkpoint": f"out/{name}/checkpoint-8"}
        runs.append(run_of(name, "huggingface", name, params, points_of(history, "step"), files, tags))
    return runs


def keras(root):
    runs = []
    for name, file in [("cnn", "training.log"), ("mlp", "history.csv")]:
        rows = [{"epoch": epoch, "accuracy": epoch / 4, "learning_rate": 0.001, "loss": 1 / (epoch + 1)} for epoch in range(4)]
        for row in rows[:3]:
            row["val_loss"] = row["loss"] + 0.125
        rows[3]["val_loss"] = "NA"
        rows_to(os.path.join(root, name, file), list(rows[0]), rows)
        files = {"model.keras": put(os.path.join(root, name, "model.keras"), b"PK" + name.encode())}
        put(os.path.join(root, name, "src", "train.py"), b"import keras")
        files["data.csv"] = put(os.path.join(root, name, "data.csv"), b"x,y\n1,2\n")
        runs.append(run_of(name, "keras", name, "{}", points_of(rows, "epoch"), files))
    return runs


if __name__ == "__main__":
    target = sys.argv[1]
    writers = (lightning, huggingface, keras)
    expected = {writer.__name__: writer(os.path.join(target, writer.__name__)) for writer in writers}
    put(os.path.join(target, "expected.json"), (json.dumps(expected, indent=1) + "\n").encode())
