from loop import main


def start(folder):
    import mlflow

    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.start_run()
    return (lambda step, values: mlflow.log_metrics(values, step=step)), mlflow.end_run


def read(folder):
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    for run in client.search_runs(["0"]):
        for name in run.data.metrics:
            for metric in client.get_metric_history(run.info.run_id, name):
                yield metric.step, name


main(start, read)
