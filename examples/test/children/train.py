"""python3 train.py <store> <what>: what a Python training may do to a run; each line printed is acknowledged."""

import os, resource, signal, sys  # noqa: E401

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../python"))
from runferry_writer import Run  # noqa: E402

store, what, *words = sys.argv[1:]

if what == "whole":
    params = {"lr": 1e-05, "momentum": 1.0, "seed": 2**64 - 1, "hidden": [256, {"a": None}], "é": 'a "word"\n\x01', "odd": float("nan")}
    with Run("ctr é", params=params, tags={"team": "ml", "fold": 2, "old": None}, dir=store) as run:
        run.log({"loss": 0.5, "nan": float("nan"), "minus": -0.0, "far": float("-inf"), "text": "x", "whole": 3}, 7, dataset="test")
        run.log({"loss": 1e-7}, -1)
        run.log({"loss": 1e21})
        run.log({"only": "text"})
        print(run.id, run.name)
elif what == "failing":
    with Run("failing", dir=store) as run:
        run.log({"loss": 1.0})
        raise ValueError("the loss is NaN")
elif what == "endless":
    run = Run("endless", dir=store)
    print(run.id, flush=True)
    step = 0
    while True:
        run.log({"loss": 1 / (step + 1)}, step)
        print(step, flush=True)
        step += 1
elif what == "fork":
    with Run("forked", dir=store) as run:
        run.log({"loss": 1.0}, 1)
        if os.fork() == 0:
            run.log({"loss": 2.0}, 2)
            run.end("failed")
            os._exit(0)
        os.wait()
        run.log({"loss": 3.0}, 3)
        print(run.id)
elif what == "odd":
    loop = []
    loop.append(loop)
    with Run("odd", params={("a", 1): {2}, "loop": loop, "keys": {(1, 2): 3}, "half": "\ud800"}, name="../odd", dir=store) as run:
        run.log({"huge": 10**400, "truth": True, "text": "1.5", "loss": 1}, 2**53)
        run.log({"loss": 2}, 1.5)
        run.log({"loss": 3}, 3.0)
        run.end("done")
        run.log({"loss": 4})
        print(run.id)
elif what == "full-disk":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    run = Run("full", dir=store)
    run.log({"loss": 1.0}, 1)
    size = os.stat(os.path.join(run.folder, "journal", "main.ndjson")).st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40, resource.RLIM_INFINITY))
    run.log({"loss": 2.0}, 2)  # is written in part
    run.log({"loss": 3.0}, 3)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    run.log({"loss": 4.0}, 4)
    run.end()
    print(run.id)
