"""Makes the calls of a test by tensorboardX, or reads what was written with TensorBoard's own reader."""
import json
import sys

what, folder = sys.argv[1], sys.argv[2]

if what == "write":
    with open(sys.argv[3]) as given:
        data = json.load(given)
    sys.path.append(sys.argv[4])  # where there is Pillow
    import numpy as np
    from tensorboardX import SummaryWriter

    def array(name, dtype=float):
        return np.array(data[name], dtype=dtype)

    with SummaryWriter(folder) as writer:
        for step, value in enumerate(data["loss"]):
            writer.add_scalar("train/loss", value, step, walltime=100.5 + step)
        writer.add_scalar("nan", float("nan"), 1, walltime=100)
        writer.add_scalar("infinite", float("-inf"), 1, walltime=100)
        writer.add_scalar("unplaced", 1, walltime=100)
        writer.add_scalar("before", 1, -3, walltime=100)
        writer.add_scalar("named", 1, 1, walltime=100, display_name="Its name", summary_description="what it *is*")
        for step in range(3):
            writer.add_scalars("group/both", {"train": step, "val": step / 2}, step, walltime=200 + step)
        writer.add_histogram("histograms/default", array("normal"), 1, walltime=300)
        writer.add_histogram("histograms/five", array("normal"), 1, bins=5, walltime=300)
        writer.add_histogram("histograms/limits", array("normal"), 1, bins=[-1, 0, 0.5, 2], walltime=300)
        writer.add_histogram("histograms/one", np.array([0.25]), 1, walltime=300)
        writer.add_image("images/chw", array("picture", np.float32), 1, walltime=400)
        writer.add_image("images/hwc", array("bytes", np.uint8), 1, walltime=400, dataformats="HWC")
        writer.add_image("images/hw", array("gray"), 1, walltime=400, dataformats="HW")
        writer.add_images("images/many", array("pictures"), 1, walltime=400)
        writer.add_text("notes", "some *text*\n\n| a |\n| --- |\n| 1 |", 1, walltime=500)
        writer.add_pr_curve("curve", array("labels"), array("predictions"), 1, walltime=600)
        writer.add_pr_curve("weighed", array("labels"), array("predictions"), 1, num_thresholds=11, weights=array("weights"), walltime=600)
        writer.add_hparams({"lr": 0.1, "opt": "adam", "amp": True, "layers": 3, "none": None}, {"m/acc": 0.75}, name="trial", global_step=7)
        writer.add_custom_scalars({"All": {"both": ["Multiline", ["loss", "val/.*"]], "band": ["Margin", ["a", "b", "c"]]}})
else:
    import base64
    import io
    import math
    import os
    import wave

    from google.protobuf.json_format import MessageToDict
    from PIL import Image
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.plugins.custom_scalar import layout_pb2
    from tensorboard.plugins.hparams import plugin_data_pb2 as hparams_pb2
    from tensorboard.plugins.pr_curve import plugin_data_pb2 as curves_pb2
    from tensorboard.util import tensor_util

    def plain(number):
        return number if math.isfinite(number) else str(number)

    def picture(data):
        image = Image.open(io.BytesIO(data))
        return [image.format, image.mode, image.size, list(image.tobytes())]

    def sound(data):
        with wave.open(io.BytesIO(data)) as read:
            return [read.getnchannels(), read.getframerate(), read.getsampwidth(), list(read.readframes(read.getnframes()))]

    def content(plugin, data):
        kind = {"hparams": hparams_pb2.HParamsPluginData, "pr_curves": curves_pb2.PrCurvePluginData}.get(plugin)
        return MessageToDict(kind.FromString(data)) if kind else base64.b64encode(data).decode()

    def values(plugin, tensor):
        flat = tensor_util.make_ndarray(tensor).reshape(-1).tolist()
        if plugin == "images":
            return [flat[0].decode(), flat[1].decode(), picture(flat[2])]
        if plugin == "audio":
            return [sound(flat[0])]
        if plugin == "custom_scalars":
            return [MessageToDict(layout_pb2.Layout.FromString(flat[0]))]
        return [v.decode() if isinstance(v, bytes) else plain(v) for v in flat]

    shown = []
    for path, _, names in os.walk(folder):
        for name in sorted(name for name in names if "tfevents" in name):
            for event in EventFileLoader(os.path.join(path, name)).Load():
                if event.HasField("session_log"):
                    shown.append({"run": os.path.relpath(path, folder), "step": event.step, "session": event.session_log.status})
                for value in event.summary.value:
                    plugin = value.metadata.plugin_data.plugin_name
                    shown.append({
                        "run": os.path.relpath(path, folder),
                        "wall": event.wall_time,
                        "step": event.step,
                        "tag": value.tag,
                        "name": value.metadata.display_name,
                        "description": value.metadata.summary_description,
                        "plugin": plugin,
                        "content": content(plugin, value.metadata.plugin_data.content),
                        "sides": list(tensor_util.make_ndarray(value.tensor).shape),
                        "values": values(plugin, value.tensor),
                    })
    print(json.dumps(shown))
