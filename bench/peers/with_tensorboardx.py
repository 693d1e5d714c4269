import glob
import struct

from loop import main


def start(folder):
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(folder)

    def log(step, values):
        for name, value in values.items():
            writer.add_scalar(name, value, step)

    return log, writer.close


def read(folder):
    """tensorboardX has no reader of files; its own messages take the records apart."""
    from tensorboardX.proto.event_pb2 import Event

    for path in glob.glob(f"{folder}/*tfevents*"):
        with open(path, "rb") as file:
            while len(head := file.read(12)) == 12:
                (length,) = struct.unpack("<Q", head[:8])
                body = file.read(length + 4)
                if len(body) < length + 4:
                    break
                event = Event.FromString(body[:length])
                for value in event.summary.value:
                    yield event.step, value.tag


main(start, read)
