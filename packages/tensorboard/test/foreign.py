"""Writes event files with other tools, and reads some with TensorBoard's EventAccumulator."""
import json
import sys

what, folder = sys.argv[1], sys.argv[2]

if what == "tensorboard":
    import numpy as np
    from tensorboard.compat.proto import event_pb2, summary_pb2
    from tensorboard.compat.proto.event_pb2 import SessionLog
    from tensorboard.plugins.hparams import plugin_data_pb2
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboard.util import tensor_util

    def metadata(plugin, content=b""):
        data = summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin, content=content)
        return summary_pb2.SummaryMetadata(plugin_data=data)

    def add(writer, at, step, **value):
        summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(**value)])
        writer.add_event(event_pb2.Event(wall_time=at, step=step, summary=summary))

    writer = EventFileWriter(folder + "/exp/torch", filename_suffix=".1")
    begun = plugin_data_pb2.SessionStartInfo(start_time_secs=1)
    begun.hparams["lr"].number_value = 0.1
    begun.hparams["opt"].string_value = "adam"
    begun.hparams["amp"].bool_value = True
    content = plugin_data_pb2.HParamsPluginData(session_start_info=begun).SerializeToString()
    add(writer, 1, 0, tag="_hparams_/session_start_info", metadata=metadata("hparams", content))
    for step in range(5):
        add(writer, 10 + step, step, tag="Loss/train", simple_value=step / 3)
    histo = summary_pb2.HistogramProto(min=-1, max=2, num=3, sum=1, sum_squares=5, bucket_limit=[-2, 0, 1, 3], bucket=[0, 1, 1, 1])
    add(writer, 20, 1, tag="weights", histo=histo)
    add(writer, 21, 1, tag="img", image=summary_pb2.Summary.Image(height=1, width=2, colorspace=3, encoded_image_string=b"png!"))
    add(writer, 22, 1, tag="snd", audio=summary_pb2.Summary.Audio(sample_rate=8000, num_channels=1, length_frames=3, encoded_audio_string=b"wav!", content_type="audio/wav"))
    add(writer, 23, 1, tag="note/text_summary", metadata=metadata("text"), tensor=tensor_util.make_tensor_proto([b"hello *you*"]))
    ended = plugin_data_pb2.SessionEndInfo(status=1, end_time_secs=24)
    content = plugin_data_pb2.HParamsPluginData(session_end_info=ended).SerializeToString()
    add(writer, 24, 0, tag="_hparams_/session_end_info", metadata=metadata("hparams", content))
    writer.close()

    writer = EventFileWriter(folder + "/exp/purged", filename_suffix=".1")
    for step in range(5):
        add(writer, 10 + step, step, tag="loss", simple_value=step)
    writer.close()
    writer = EventFileWriter(folder + "/exp/purged", filename_suffix=".2")
    writer.add_event(event_pb2.Event(wall_time=30, step=3, session_log=SessionLog(status=SessionLog.START)))
    for step in range(3, 6):
        add(writer, 30 + step, step, tag="loss", simple_value=100 + step)
    writer.close()

    writer = EventFileWriter(folder + "/tf2/train", filename_suffix=".v2")
    for step, dtype in enumerate([np.float32, np.float64, np.int64, np.float16, np.int32]):
        add(writer, 10 + step, step, tag="epoch_loss", metadata=metadata("scalars"), tensor=tensor_util.make_tensor_proto(dtype(step * 2)))
    add(writer, 20, 1, tag="images", metadata=metadata("images"), tensor=tensor_util.make_tensor_proto([b"2", b"1", b"one", b"two"]))
    add(writer, 21, 1, tag="sound", metadata=metadata("audio", b"\x10\x0b"), tensor=tensor_util.make_tensor_proto([[b"wav", b"label"]]))
    add(writer, 22, 1, tag="hist", metadata=metadata("histograms"), tensor=tensor_util.make_tensor_proto(np.array([[0, 1, 2], [1, 2, 3]], dtype=np.float64)))
    add(writer, 23, 1, tag="note", metadata=metadata("text"), tensor=tensor_util.make_tensor_proto("words"))
    add(writer, 24, 1, tag="pr", metadata=metadata("pr_curves"), tensor=tensor_util.make_tensor_proto(np.zeros((6, 2), dtype=np.float32)))
    writer.close()
elif what == "tensorboardx":
    import numpy as np
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(folder + "/x")
    for step in range(5):
        writer.add_scalar("a b", step / 4, step, walltime=10 + step)
    writer.add_histogram("h", np.array([1.0, 2.0, 3.0]), 1, walltime=20)
    writer.add_text("t", "some text", 1, walltime=21)
    writer.close()
else:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    reader = EventAccumulator(folder, size_guidance={"scalars": 0, "tensors": 0})
    reader.Reload()
    scalars = {tag: [[e.wall_time, e.step, e.value] for e in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]}
    print(json.dumps({"scalars": scalars, "tensors": sorted(reader.Tags()["tensors"])}))
