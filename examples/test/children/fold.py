"""python3 fold.py <folder of a golden>: reads its journals by docs/journal-format.md alone, and prints what it finds.

Shares no code with runferry. Numbers keep their spelling by being texts on the way: `#1.0`.
"""

import json, math, os, re, sys, zlib  # noqa: E401

LISTS = {"media.logged": "media", "dataset.used": "datasets", "model.logged": "models", "model.registered": "registered"}
LISTS |= {"alert.raised": "alerts", "console.logged": "console"}
SILENT = {"run.started", "run.resumed", "params.set", "tags.set", "metrics.logged", "metric.defined", "artifact.logged"}
SILENT |= {"events.lost", "writer.ended", "run.ended"}


def parse(data):
    return json.loads(data, parse_float="#{}".format, parse_int="#{}".format)


def plain(number):
    return float(number.lstrip("#"))


def good(data):
    body, mark, tail = data.rpartition(b',"crc":"')
    return mark and tail == b'%08x"}' % zlib.crc32(body)


def salvaged(data):
    """The events of a line, or of stretches in a line that lost its newline."""
    if good(data):
        return [parse(data)]
    parts = re.findall(rb'\{"seq":.*?,"crc":"[0-9a-f]{8}"\}', data)
    return [parse(part) for part in parts if good(part)]


def stream(path):
    """Its events, how many more were damaged, and where a writer goes on."""
    data = open(path, "rb").read()
    whole = data[: data.rfind(b"\n") + 1]
    events, missing, seq, broken = [], 0, 0, 0
    for one in whole.split(b"\n")[:-1]:
        found = salvaged(one)
        broken += not found
        for event in found:
            number = int(event["seq"][1:])
            if number <= seq:
                continue
            gap = number - seq - 1
            told = event["kind"] == "events.lost" and "where" in event and int(event["count"][1:]) == gap + 1
            missing += 0 if told else gap
            seq, broken = number, 0
            events.append(event)
    at = events[-1]["at"]
    return events, missing + broken, {"seq": f"#{seq + broken}", "at": at, "bytes": f"#{len(whole)}"}


def place(point):
    """By time, step and value; none before any step, NaN after all values."""
    value = plain(point["value"])
    step = plain(point["step"]) if "step" in point else -math.inf
    return plain(point["at"]), step, math.isnan(value), value, math.copysign(1, value)


def fold(folder):
    view = {"lost": 0, "goesOn": {}, "metrics": {}, "params": {}, "tags": {}, "artifacts": {}, "replaced": [], "unknown": []}
    view |= {name: [] for name in LISTS.values()}
    placed, ends, last = [], {}, 0
    for name in sorted(os.listdir(os.path.join(folder, "journal"))):
        own = name.removesuffix(".ndjson")
        events, missing, view["goesOn"][own] = stream(os.path.join(folder, "journal", name))
        view["lost"] += missing
        placed += [(plain(event["at"]), own, int(event["seq"][1:]), event) for event in events]
        points = []
        for event in events:
            if event["kind"] == "metrics.logged":
                told = {key: event[key] for key in ("step", "at", "context") if key in event}
                points += [(metric, told | {"value": value}) for metric, value in event["values"].items()]
            elif event["kind"] == "run.resumed" and "fromStep" in event:
                gone = [one for one in points if "step" in one[1] and plain(one[1]["step"]) >= plain(event["fromStep"])]
                points = [one for one in points if one not in gone]
                for metric, point in gone:
                    view["metrics"].setdefault(metric, {}).setdefault("superseded", []).append(point)
            elif event["kind"] == "run.ended":
                ends[own] = event
            if event["kind"] == "run.resumed" and own == "main":
                ends.pop("main", None)
            if own == "main":
                last = int(event["seq"][1:])
        for metric, point in points:
            view["metrics"].setdefault(metric, {}).setdefault("points", []).append(point)
    for _, _, _, event in sorted(placed, key=lambda one: one[:3]):
        kind = event["kind"]
        shown = {key: value for key, value in event.items() if key not in ("seq", "crc")}
        if kind == "run.started":
            view["started"] = {key: value for key, value in shown.items() if key != "at"}
        elif kind == "params.set":
            view["params"] |= event["values"]
        elif kind == "tags.set":
            view["tags"] |= event["values"]
        elif kind == "metric.defined":
            metric = view["metrics"].setdefault(event["name"], {})
            metric |= {key: event[key] for key in ("stepMetric", "goal") if key in event}
        elif kind == "artifact.logged":
            before = view["artifacts"].get(event["file"]["path"])
            view["replaced"] += [before] if before else []
            view["artifacts"][event["file"]["path"]] = shown
        elif kind == "events.lost":
            view["lost"] += int(event["count"][1:])
        elif kind in LISTS:
            view[LISTS[kind]].append(shown)
        elif kind not in SILENT:
            view["unknown"].append(shown)
    view["tags"] = {name: value for name, value in view["tags"].items() if value is not None}
    for metric in view["metrics"].values():
        for which in ("points", "superseded"):
            metric.get(which, []).sort(key=place)
    seen = ends.get("observer")
    end = ends.get("main") or (seen if seen and last <= int(seen["after"][1:]) else None)
    if end:
        view["ended"] = {key: value for key, value in end.items() if key not in ("seq", "crc")}
    view |= {"id": view["started"]["id"], "status": end["status"] if end else "running"}
    view["lost"] = f"#{view['lost']}" if view["lost"] else None
    return {key: value for key, value in view.items() if value}


def unequal(found, expected, path=""):
    """Where two differ; keys are in no order."""
    if isinstance(found, dict) and isinstance(expected, dict):
        keys = sorted({*found, *expected})
        return [text for key in keys for text in unequal(found.get(key), expected.get(key), f"{path}/{key}")]
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        return [text for i, pair in enumerate(zip(found, expected)) for text in unequal(*pair, f"{path}/{i}")]
    return [] if found == expected else [f"{path}: found {found!r}, expected {expected!r}"]


for folder in sys.argv[1:]:
    with open(os.path.join(folder, "expected.json"), encoding="utf-8") as file:
        for text in unequal(fold(folder), parse(file.read())):
            print(f"{os.path.basename(folder)}{text}")
