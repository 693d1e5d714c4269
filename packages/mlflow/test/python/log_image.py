# Logs an image with MLflow's own client.
import sys

import mlflow
import PIL.Image

mlflow.set_tracking_uri(sys.argv[1])
with mlflow.start_run():
    mlflow.log_image(PIL.Image.new("RGB", (20, 10)), key="val/a b", step=3, timestamp=1732181400000)
