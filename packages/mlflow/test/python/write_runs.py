# Writes runs with MLflow's own client, as people do.
import sys

import mlflow
import pandas
from mlflow import MlflowClient

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("foreign")
client = MlflowClient()
with mlflow.start_run(run_name="parent", description="a note") as parent:
    mlflow.log_params({"lr": 0.01, "nested": {"a": 1}, "on": True})
    mlflow.set_tag("team", "vision")
    for step in range(50):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metric("loss", float("nan"), step=50)
    mlflow.log_text("some text ü", "folder/note.txt")
    mlflow.log_table({"a": [1, 2]}, "table.json")
    frame = pandas.DataFrame({"x": [1, 2]})
    mlflow.log_input(mlflow.data.from_pandas(frame, name="toy", source="s3://b/toy.csv"), context="training")
    model = client.create_logged_model(parent.info.experiment_id, name="net", source_run_id=parent.info.run_id, model_type="test")
    client.log_outputs(parent.info.run_id, [mlflow.entities.LoggedModelOutput(model.model_id, 0)])
    client.create_registered_model("registered")
    version = client.create_model_version("registered", f"{parent.info.artifact_uri}/folder", parent.info.run_id, tags={"a": "b"})
    client.set_registered_model_alias("registered", "best", version.version)
    try:
        with mlflow.start_run(run_name="child", nested=True):
            mlflow.log_metric("loss", 1)
            raise ValueError("stop")
    except ValueError:
        print("the child has failed")
