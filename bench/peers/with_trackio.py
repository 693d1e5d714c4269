import os

from loop import main


def start(folder):
    os.environ["TRACKIO_DIR"] = folder
    import trackio

    trackio.init(project="bench")
    return (lambda step, values: trackio.log(values, step=step)), trackio.finish


def read(folder):
    os.environ["TRACKIO_DIR"] = folder
    from trackio.server import import_inbox_once
    from trackio.sqlite_storage import SQLiteStorage

    import_inbox_once()
    for run in SQLiteStorage.get_runs("bench"):
        for row in SQLiteStorage.get_logs("bench", run):
            for name in ("loss", "accuracy", "lr", "grad_norm"):
                if name in row:
                    yield row["step"], name


main(start, read)
