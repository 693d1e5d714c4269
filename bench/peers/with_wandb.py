import glob
import json
import struct

from loop import main

BLOCK = 32768


def start(folder):
    import wandb

    run = wandb.init(project="bench", dir=folder)
    return (lambda step, values: run.log(values, step=step)), run.finish


def records(path):
    """The records of a .wandb file: LevelDB's log format behind a header of 7 bytes. The package reads it in Go only."""
    with open(path, "rb") as file:
        data = file.read()
    at, parts = 7, b""
    while at + 7 <= len(data):
        if BLOCK - at % BLOCK < 7:
            at += BLOCK - at % BLOCK
            continue
        _crc, length, kind = struct.unpack("<IHB", data[at : at + 7])
        body = data[at + 7 : at + 7 + length]
        if kind == 0 or len(body) < length:
            return
        parts = body if kind in (1, 2) else parts + body  # 1 whole, 2 first, 3 middle, 4 last
        if kind in (1, 4):
            yield parts
        at += 7 + length


def read(folder):
    from wandb.proto.wandb_internal_pb2 import Record

    for path in glob.glob(f"{folder}/wandb/*run-*/*.wandb"):
        for body in records(path):
            history = Record.FromString(body).history
            items = {item.key or "/".join(item.nested_key): item.value_json for item in history.item}
            for name in items:
                if not name.startswith("_"):
                    yield int(json.loads(items.get("_step", str(history.step.num)))), name


main(start, read)
