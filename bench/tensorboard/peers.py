"""Measures the peers of bench/tensorboard.ts: prints scalars per second."""
import subprocess
import sys
import time

what, folder = sys.argv[1], sys.argv[2]
COUNT = 20_000

if what == "write":
    from tensorboard.compat.proto import event_pb2, summary_pb2
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    start = time.perf_counter()
    writer = EventFileWriter(folder)
    for step in range(COUNT):
        value = summary_pb2.Summary.Value(tag="train/loss", simple_value=step / 16)
        summary = summary_pb2.Summary(value=[value])
        writer.add_event(event_pb2.Event(wall_time=time.time(), step=step, summary=summary))
    writer.close()
    print(COUNT / (time.perf_counter() - start))
elif what == "writex":
    from tensorboardX import SummaryWriter

    start = time.perf_counter()
    writer = SummaryWriter(folder)
    for step in range(COUNT):
        writer.add_scalar("train/loss", step / 16, step)
    writer.close()
    print(COUNT / (time.perf_counter() - start))
elif what == "read":
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    start = time.perf_counter()
    EventAccumulator(folder, size_guidance={"scalars": 1000}).Reload()
    print(int(sys.argv[3]) / (time.perf_counter() - start))
else:
    import tensorboard_data_server

    more = ["--checksum"] if what == "rustcrc" else []
    words = [tensorboard_data_server.server_binary(), "--logdir", folder, "--port", "0", "--reload", "once", "-vv", *more]
    start = time.perf_counter()
    server = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in server.stderr:
        if "load cycle" in line.lower() and ("finish" in line.lower() or "took" in line.lower()):
            break
    took = time.perf_counter() - start
    server.kill()
    server.wait()
    print(int(sys.argv[3]) / took)
