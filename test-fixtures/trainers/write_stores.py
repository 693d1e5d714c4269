"""Trains small nets with three trainers, each with the logger that comes with it, and says beside it what a reader must find.

    pip install torch==2.15.0 lightning==2.6.6 transformers==5.23.0 accelerate==1.15.0 keras==3.15.1
    python write_stores.py <folder>

What is expected comes from what the trainers hold in memory, not from their files. Taken away afterwards is what only
resumes a training (optimizers, random states), which is large and of no interest here.
"""

import hashlib
import json
import os
import pathlib
import sys

os.environ |= {"KERAS_BACKEND": "torch", "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": "", "TQDM_DISABLE": "1"}

import keras  # noqa: E402
import lightning  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from lightning.pytorch.loggers import CSVLogger, Logger  # noqa: E402


def number(value):
    return value if numpy.isfinite(value) else str(value).replace("inf", "Infinity").replace("nan", "NaN")


def points_of(rows, step):
    return [
        [name, int(row[step]), 0, number(value)]
        for row in rows
        for name, value in row.items()
        if name != step and not isinstance(value, str)
    ]


def files_of(folder, leave_out=(), below=True):
    paths = [path for path in sorted(folder.rglob("*") if below else folder.glob("*")) if path.is_file()]
    names = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in names.items()
        if name not in leave_out
    }


def run_of(id, experiment, name, params, points, files, tags=None):
    said = {"id": id, "name": name, "experiment": experiment, "createdAt": 0, "params": params, "tags": tags or {}}
    return said | {"points": points, "files": files, "status": "running", "endedAt": None}


class Recorder(Logger):
    """Sees what the CSVLogger beside it sees."""

    name = version = None

    def __init__(self):
        super().__init__()
        self.rows = []

    def log_hyperparams(self, *_):
        pass

    def log_metrics(self, metrics, step=None):
        # The CSVLogger counts an epoch among the metrics, and so does this one.
        self.rows.append({"step": step} | {name: float(value) for name, value in metrics.items()})


class Line(lightning.LightningModule):
    def __init__(self, **hparams):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(1, 1)

    def training_step(self, batch, _):
        loss = ((self.layer(batch) - 2 * batch) ** 2).mean()
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, _):
        self.log("val/loss", torch.tensor(float("nan")) if self.current_epoch == 2 else self.layer(batch).mean())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.01)


class Bare(Line):
    def __init__(self):
        super(Line, self).__init__()
        self.layer = torch.nn.Linear(1, 1)


hparams = {
    "batch_size": 64,
    "betas": (0.9, 0.999),
    "lr": 1e-05,
    "momentum": 1.0,
    "name": "yes",
    "optimizer": {"eps": 1e-08},
    "seed": 12345678901234567890,
    "warmup": None,
}
# As PyYAML spells them.
hparams_json = (
    '{"batch_size": 64, "betas": [0.9, 0.999], "lr": 1.0e-05, "momentum": 1.0, "name": "yes",'
    ' "optimizer": {"eps": 1.0e-08}, "seed": 12345678901234567890, "warmup": null}'
)


def train_lightning(root):
    runs = []
    for version in range(3):
        logger, recorder = CSVLogger(root, name="lightning_logs"), Recorder()
        model = Line(**hparams) if version == 0 else Bare()
        quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
        trainer = lightning.Trainer(
            max_epochs=3, logger=[logger, recorder], log_every_n_steps=5, accelerator="cpu", default_root_dir=root, **quiet
        )
        data = torch.utils.data.DataLoader(torch.linspace(0, 1, 40).reshape(40, 1), batch_size=4)
        trainer.fit(model, data, data)
        folder = pathlib.Path(logger.log_dir)
        trainer.save_checkpoint(folder / "checkpoints" / "epoch=2-step=30.ckpt", weights_only=True)
        params = hparams_json if version == 0 else "{}"
        id = f"lightning_logs/version_{version}"
        files = files_of(folder, ("metrics.csv", "hparams.yaml"))
        runs.append(run_of(id, "lightning_logs", f"version_{version}", params, points_of(recorder.rows, "step"), files))
    return runs


class Sentences(torch.utils.data.Dataset):
    def __len__(self):
        return 32

    def __getitem__(self, i):
        return {"input_ids": torch.tensor([i % 8, 1, 2]), "labels": torch.tensor(i % 2)}


class Breaking(transformers.BertForSequenceClassification):
    """Its loss is NaN at times."""

    def forward(self, *words, **named):
        out = super().forward(*words, **named)
        if self.training and torch.rand(()) < 0.05:
            out.loss = out.loss * float("nan")
        return out


class States(transformers.TrainerCallback):
    """What was said when it was last saved."""

    def on_save(self, args, state, control, **_):
        self.last = json.loads(json.dumps(vars(state), default=str))


size = {"hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 4}
only = ["eval_steps", "logging_steps", "max_steps", "num_train_epochs", "save_steps", "train_batch_size", "trial_params"]


def train_huggingface(root):
    runs = []
    for name, steps, is_saved in [("bert-lr-3e-5", 16, True), ("bert-lr-5e-5", 104, False)]:
        make = transformers.BertForSequenceClassification if is_saved else Breaking
        model = make(transformers.BertConfig(vocab_size=8, max_position_embeddings=4, **size))
        often = {"logging_steps": steps // 4, "eval_strategy": "steps", "eval_steps": 8, "save_steps": 8, "max_steps": steps}
        best = {"load_best_model_at_end": True, "metric_for_best_model": "eval_loss", "save_total_limit": 2}
        args = transformers.TrainingArguments(
            output_dir=os.path.join(root, name),
            per_device_train_batch_size=4,
            learning_rate=float(name[-4:]),
            logging_nan_inf_filter=False,
            remove_unused_columns=False,
            label_names=["labels"],
            report_to=[],
            use_cpu=True,
            **often,
            **best,
        )
        states = States()
        trainer = transformers.Trainer(model, args, train_dataset=Sentences(), eval_dataset=Sentences(), callbacks=[states])
        trainer.train()
        state = states.last
        folder = pathlib.Path(root, name)
        if is_saved:
            trainer.save_model()
            trainer.save_state()
            state = json.loads(json.dumps(vars(trainer.state), default=str))
        for path in [*folder.rglob("*.pt"), *folder.rglob("*.pth"), *folder.rglob("*.bin")]:
            path.unlink()
        tags = {key: str(state[key]) for key in ("best_global_step", "best_metric", "best_model_checkpoint")}
        params = json.dumps({key: state[key] for key in only})
        points = points_of(state["log_history"], "step")
        runs.append(run_of(name, "huggingface", name, params, points, files_of(folder), tags))
    return runs


def train_keras(root):
    runs = []
    for name, file in [("cnn", "training.log"), ("mlp", "history.csv")]:
        folder = pathlib.Path(root, name)
        (folder / "src").mkdir(parents=True)
        (folder / "src" / "train.py").write_text("import keras")
        (folder / "data.csv").write_text("x,y\n1,2\n")
        model = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["accuracy"])
        xs = numpy.linspace(0, 1, 16).reshape(16, 1)
        rows = []
        watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: rows.append({"epoch": epoch} | logs))
        # The second is gone on with, and validated every other epoch.
        parts = [(0, 4, 1)] if name == "cnn" else [(0, 2, 2), (2, 5, 2)]
        for begin, end, often in parts:
            logger = keras.callbacks.CSVLogger(str(folder / file), append=begin > 0)
            valid = {"validation_data": (xs, 2 * xs), "validation_freq": often}
            fitted = {"epochs": end, "initial_epoch": begin, "verbose": 0, "callbacks": [logger, watch]}
            model.fit(xs, 2 * xs, **fitted, **valid)
        model.save(folder / "model.keras")
        files = files_of(folder, (file,), below=False)
        runs.append(run_of(name, "keras", name, "{}", points_of(rows, "epoch"), files))
    return runs


if __name__ == "__main__":
    os.makedirs(sys.argv[1], exist_ok=True)
    os.chdir(sys.argv[1])  # what they write names no folder of the machine
    torch.manual_seed(1)
    writers = {"lightning": train_lightning, "huggingface": train_huggingface, "keras": train_keras}
    expected = {name: train(name) for name, train in writers.items()}
    pathlib.Path("expected.json").write_text(json.dumps(expected, indent=1) + "\n")
