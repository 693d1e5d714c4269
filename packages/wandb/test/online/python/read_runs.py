"""For each `entity/project/run` on stdin, a line of JSON: what `wandb.Api()` sees of the run."""

import hashlib
import json
import os
import sys
import tempfile

import wandb

api = wandb.Api()


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def plain(value):
    """Summaries come in a dress of their own."""
    if hasattr(value, "items"):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def rows(run):
    """It scans step by step, which takes for ever where steps are far apart; few enough rows come at once."""
    if run.lastHistoryStep < 10_000:
        return list(run.scan_history(page_size=1000))
    return run.history(samples=1_000_000, pandas=False)


def seen(path):
    run = api.run(path)
    files, artifacts = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for number, file in enumerate(run.files()):
            with file.download(root=os.path.join(folder, str(number)), replace=True) as opened:
                files[file.name] = sha256(opened.name)
        for artifact in run.logged_artifacts():
            root = artifact.download(os.path.join(folder, artifact.name.replace(":", "-")))
            entries = {name: sha256(os.path.join(root, name)) for name in artifact.manifest.entries}
            assert artifact.digest == artifact.manifest.digest(), artifact.name
            artifacts[artifact.name] = {"type": artifact.type, "aliases": sorted(artifact.aliases), "files": entries}
    return {
        "name": run.name,
        "state": run.state,
        "tags": run.tags,
        "notes": run.notes,
        "group": run.group,
        "config": run.config,
        "summary": plain(run.summary._json_dict),
        "rows": rows(run),
        "files": files,
        "artifacts": artifacts,
        "used": sorted(artifact.name for artifact in run.used_artifacts()),
    }


for line in sys.stdin:
    print(json.dumps(seen(line.strip())), flush=True)
