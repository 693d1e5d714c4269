"""Reads `<seq> <at> <step> <name> <16 hex of a double>` lines, and writes the lines that a journal has of them."""

import json, os, struct, sys  # noqa: E401

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../python"))
from runferry_writer import line, number, spelled  # noqa: E402

for one in json.load(sys.stdin):
    seq, at, step, name, bits = one
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    values = "{" + spelled(name) + ":" + number(value) + "}"
    sys.stdout.buffer.write(line(seq, at, "metrics.logged", {"step": str(step), "values": values}))
