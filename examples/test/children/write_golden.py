"""python3 write_golden.py <store> <journal>: logs what a golden journal says, at the times at which it says so."""

import json, os, sys  # noqa: E401
from unittest.mock import patch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../python"))
import runferry_writer as writer  # noqa: E402

store, journal = sys.argv[1:]
with open(journal, encoding="utf-8") as file:
    start, *events = [json.loads(one, parse_int=lambda text: -0.0 if text == "-0" else int(text)) for one in file]

now = start["createdAt"]
entropy = 0
for letter in start["id"]:
    entropy = entropy * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(letter)
program, *words = start["command"]
with (
    patch("time.time", lambda: now / 1000),
    patch("secrets.randbits", lambda bits: entropy % 2**bits),
    patch("os.uname", lambda: os.uname_result(("", start["host"], "", "", ""))),
    patch("os.getpid", lambda: start["pid"]),
    patch.object(sys, "executable", program),
    patch.object(sys, "argv", words),
):
    run = writer.Run(start["experiment"], name=start["name"], dir=store)
    for event in events:
        kind, now = event["kind"], event["at"]
        if kind == "metrics.logged":
            values = {name: float(value) for name, value in event["values"].items()}
            run.log(values, event.get("step"), **event.get("context", {}))
        elif kind == "params.set":
            run.log_params(event["values"])
        elif kind == "tags.set":
            run.set_tags(event["values"])
        else:
            run.end(event["status"], **event.get("error", {}))
print(run.folder)
