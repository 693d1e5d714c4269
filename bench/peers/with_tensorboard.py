import glob

from loop import main


def start(folder):
    from tensorboard.summary import Writer

    writer = Writer(folder)

    def log(step, values):
        for name, value in values.items():
            writer.add_scalar(name, value, step)

    return log, writer.close


def read(folder):
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    for path in glob.glob(f"{folder}/*tfevents*"):
        for event in EventFileLoader(path).Load():
            for value in event.summary.value:
                yield event.step, value.tag


main(start, read)
