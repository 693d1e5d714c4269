"""Writes event files with TensorFlow's writers, and tells as JSON what its own iterator finds in them."""
import base64
import glob
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

logdir = sys.argv[1]

with tf.summary.create_file_writer(logdir + "/tf2/train").as_default():
    for step in range(30):
        tf.summary.scalar("loss", 1.0 / (step + 1), step=step, description="a *loss*")
        tf.summary.scalar("odd/value", [float("inf"), -0.0, -1e-40, 16777217.0][step % 4], step=step)
    tf.summary.text("note", "some **words**, ä", step=1)
    tf.summary.image("pictures", np.linspace(0, 1, 2 * 4 * 4 * 3).reshape(2, 4, 4, 3), step=2)
    tf.summary.audio("sound", np.zeros((1, 100, 1), np.float32), 8000, step=3)
    tf.summary.histogram("weights", np.arange(100) / 7, step=4)
    tf.summary.histogram("same", np.ones(5), step=4, buckets=4)

with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    number = tf.compat.v1.placeholder(tf.float32, ())
    merged = tf.compat.v1.summary.merge(
        [
            tf.compat.v1.summary.scalar("loss", number),
            tf.compat.v1.summary.histogram("weights", number * tf.constant([1.0, 2.0, -3.0])),
            tf.compat.v1.summary.image("picture", tf.ones((1, 2, 2, 3)) * number / 50),
        ]
    )
    writer = tf.compat.v1.summary.FileWriter(logdir + "/tf1")
    for step in range(40):
        writer.add_summary(session.run(merged, {number: step}), step)
    writer.close()

model = tf.keras.Sequential([tf.keras.layers.Input((2,)), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
callback = tf.keras.callbacks.TensorBoard(logdir + "/keras", write_graph=False, update_freq="batch", profile_batch=0)
model.fit(np.ones((64, 2)), np.ones(64), batch_size=8, epochs=3, validation_split=0.25, verbose=0, callbacks=[callback])

runs = {}
for path in sorted(glob.glob(logdir + "/**/*tfevents*", recursive=True)):
    run = runs.setdefault(os.path.relpath(os.path.dirname(path), logdir), {"scalars": {}, "texts": {}, "pictures": {}, "histograms": {}})
    plugins = {}
    for event in tf.compat.v1.train.summary_iterator(path):
        for value in event.summary.value:
            plugin = plugins.setdefault(value.tag, value.metadata.plugin_data.plugin_name)
            kind = value.WhichOneof("value")
            if kind == "simple_value" or plugin == "scalars":
                number = value.simple_value if kind == "simple_value" else float(tf.make_ndarray(value.tensor))
                run["scalars"].setdefault(value.tag, []).append([event.step, event.wall_time, number])
            elif kind == "image":
                run["pictures"].setdefault(value.tag, []).append(base64.b64encode(value.image.encoded_image_string).decode())
            elif plugin == "images":
                run["pictures"].setdefault(value.tag, []).extend(base64.b64encode(b).decode() for b in value.tensor.string_val[2:])
            elif plugin == "audio":
                run["pictures"].setdefault(value.tag, []).append(base64.b64encode(value.tensor.string_val[0]).decode())
            elif plugin == "text":
                run["texts"].setdefault(value.tag, []).append(value.tensor.string_val[0].decode())
            elif plugin == "histograms":
                run["histograms"].setdefault(value.tag, []).append(tf.make_ndarray(value.tensor)[:, 2].tolist())
            elif kind == "histo":
                counts = list(value.histo.bucket)
                while counts and counts[0] == 0:
                    counts.pop(0)
                while counts and counts[-1] == 0:
                    counts.pop()
                run["histograms"].setdefault(value.tag, []).append(counts)
print(json.dumps(runs).replace("Infinity", "1e999"))
