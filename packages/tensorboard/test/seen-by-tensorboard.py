"""Reads every event file below a logdir with TensorBoard's own reader, as its plugins would get it.

One line of JSON per value: file, wall time, step, tag, plugin, description, sides, and the values themselves.
"""
import base64
import json
import math
import os
import sys

from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util import tensor_util


def plain(number):
    return number if math.isfinite(number) else str(number)


def values_of(tensor):
    array = tensor_util.make_ndarray(tensor)
    flat = array.reshape(-1).tolist()
    if array.dtype == object or array.dtype.kind in "SU":
        return list(array.shape), [base64.b64encode(v if isinstance(v, bytes) else v.encode()).decode() for v in flat]
    return list(array.shape), [plain(v) for v in flat]


out = sys.stdout
for folder, _, names in os.walk(sys.argv[1]):
    for name in sorted(names):
        if "tfevents" not in name:
            continue
        path = os.path.join(folder, name)
        for event in EventFileLoader(path).Load():
            for value in event.summary.value:
                metadata = value.metadata
                sides, values = values_of(value.tensor)
                told = {
                    "path": path,
                    "wall": event.wall_time,
                    "step": event.step,
                    "tag": value.tag,
                    "plugin": metadata.plugin_data.plugin_name,
                    "description": metadata.summary_description,
                    "sides": sides,
                    "values": values,
                }
                out.write(json.dumps(told) + "\n")
