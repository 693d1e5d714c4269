"""Logs runs from Python to a store of runferry. One file, the standard library alone: copy it beside your training.

    with Run("ctr_model", params={"lr": 1e-3}) as run:      # an error makes the run failed, and goes on
        for step in range(100):
            run.log({"loss": 1 / (step + 1)}, step)

What a call logs is in the file when it returns, also after kill -9. A full disk costs the training nothing: what could not
be written is counted, and told in the journal. What all this means, and what is not done here: docs/journal-format.md.
"""

import functools, hashlib, itertools, json, math, os, re, secrets, subprocess, sys, threading, time, traceback  # noqa: E401
import unicodedata, zlib  # noqa: E401
from contextlib import suppress
from decimal import Decimal
from pathlib import Path


@functools.cache
def say(text):
    """Once, and never as an error: logging does not end a training."""
    print(f"runferry: {text}", file=sys.stderr)


def floating(name, value):
    try:
        return math.ldexp(value, 0)  # takes what float() takes, but no text
    except Exception:  # whatever a foreign type throws
        return say(f"{name} is no number, so it is no metric")


def number(value):
    """A float as JavaScript spells it; NaN and the infinities by name."""
    if not math.isfinite(value):
        return f'"{json.dumps(value)}"'
    text = format(Decimal(repr(value)), "f") if 1e-6 <= abs(value) < 1e21 else repr(value)
    return re.sub(r"\.0$|(?<=e[-+])0", "", text)


def spelled(value):
    """JSON in which numbers stay as Python spells them: 1.0, 1e-05, 64 bits and more. Arrays of numpy become lists."""
    try:
        plain = json.dumps(value, default=lambda other: other.tolist() if hasattr(other, "tolist") else str(other))
    except Exception:
        plain = json.dumps(str(value))  # keys that are no text, a list within itself
    return json.dumps(json.loads(plain, parse_constant=str), ensure_ascii=False, separators=(",", ":"))


def line(seq, at, kind, fields):
    """An event as a line of a journal. `fields` are texts of JSON by name."""
    text = f'{{"seq":{seq},"at":{number(at)},"kind":"{kind}"' + "".join(f',"{k}":{v}' for k, v in fields.items())
    body = re.sub("[\ud800-\udfff]", lambda half: f"\\\\u{ord(half[0]):04x}", text).encode()  # half a pair has no UTF-8
    return body + b',"crc":"%08x"}\n' % zlib.crc32(body)


def create(path, text):
    """Creates a file whole. Says whether it was not there yet."""
    name = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    name.write_text(text, "utf-8")
    with suppress(FileExistsError):
        os.link(name, path)
    is_new = name.stat().st_nlink > 1
    name.unlink()
    return is_new


def identity():
    """Which process this is: others tell by it whether it still runs, and leave its run alone as long as it does."""
    own = {"host": os.uname().nodename, "pid": os.getpid()}
    if sys.platform == "darwin":
        asked = (("bootId", "sysctl -n kern.boottime"), ("startTime", f"ps -o lstart= -p {own['pid']}"))
        return own | {key: subprocess.check_output(command.split(), text=True).strip() for key, command in asked}
    boot, stat = (Path("/proc", name).read_text() for name in ("sys/kernel/random/boot_id", "self/stat"))
    started = stat.rpartition(")")[2].split()[19]
    return own | {"bootId": boot.strip(), "startTime": started, "pidNamespace": os.readlink("/proc/self/ns/pid")}


def open_store(folder):
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "store.json"
    if any(not re.fullmatch(r"\..*\.tmp", name) for name in os.listdir(folder)) and not mark.exists():
        raise RuntimeError(f"{folder} is no store of runferry, and holds other files: name another folder")
    create(mark, '{"format":1}\n')
    if json.loads(mark.read_text())["format"] > 1:
        raise RuntimeError(f"{folder} was written by a newer runferry")


def claim(store, experiment, name):
    """Notes the experiment, and gives the name of the run: the next free one where none is wanted."""
    slug = re.sub("[^a-z0-9]+", "-", unicodedata.normalize("NFKD", experiment).lower()).strip("-")[:60] or "experiment"
    names = store / "experiments" / f"{slug}-{hashlib.sha256(experiment.encode()).hexdigest()[:8]}" / "names"
    names.mkdir(parents=True, exist_ok=True)
    create(names.with_name("experiment.json"), spelled({"name": experiment}) + "\n")
    if name is None:
        return next(free for free in map("run_{:03}".format, itertools.count(1)) if create(names / free, ""))
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", name):
        create(names / name, "")  # it may be another's too: a name is only a label
    return name


class Run:
    """A new run in the store `dir`, written by this process alone."""

    def __init__(self, experiment="default", params=None, tags=None, name=None, dir=None):
        store = Path(dir or os.environ.get("RUNFERRY_DIR") or "runferry").absolute()
        open_store(store)
        now = round(time.time() * 1000, 3)
        bits = int(now) << 80 | secrets.randbits(80)
        self.id = "".join("0123456789abcdefghjkmnpqrstvwxyz"[bits >> shift & 31] for shift in range(125, -1, -5))
        self.name, self.folder = claim(store, experiment, name), store / "runs" / self.id
        (self.folder / "journal").mkdir(parents=True)
        own = identity()
        self._pid, self._lock, self._holder = own["pid"], self.folder / "journal/main.lock", spelled(own) + "\n"
        create(self._lock, self._holder)
        self._file = os.open(self.folder / "journal/main.ndjson", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o666)
        self._seq = self._at = self._size = self._lost = 0
        self._mutex, self._ended = threading.RLock(), threading.Event()
        about = {"id": self.id, "name": self.name, "experiment": experiment, "host": own["host"], "pid": own["pid"]}
        about |= {"command": [sys.executable, *sys.argv], "format": 1}
        self._append("run.started", **{key: spelled(value) for key, value in about.items()}, createdAt=number(now))
        threading.Thread(target=self._beat, daemon=True).start()
        if params:
            self.log_params(params)
        if tags:
            self.set_tags(tags)

    def log(self, values, step=None, **context):
        """Numbers, and what holds one (numpy, torch), at a step. What tells points of one metric apart is `context`."""
        numbers = {spelled(str(name)): floating(name, value) for name, value in values.items()}
        text = ",".join(f"{name}:{number(value)}" for name, value in numbers.items() if value is not None)
        whole, fields = None if step is None else floating("the step", step), {}
        if whole is not None and whole % 1 == 0 and abs(whole) < 2**53:
            fields["step"] = str(int(whole))
        elif step is not None:
            say(f"the step {step!r} is no whole number below 2^53: its values are kept without it")
        if context:
            fields["context"] = spelled({key: str(value) for key, value in context.items()})
        if text:
            self._append("metrics.logged", **fields, values=f"{{{text}}}")

    def log_params(self, values):
        text = ",".join(f"{spelled(str(name))}:{spelled(value)}" for name, value in values.items())
        self._append("params.set", values=f"{{{text}}}")

    def set_tags(self, values):
        self._append("tags.set", values=spelled({k: None if v is None else str(v) for k, v in values.items()}))

    def end(self, status="finished", **error):
        """`finished`, `failed` or `killed`."""
        if self._is_over():
            return
        if status not in ("finished", "failed", "killed"):
            status = say(f"{status!r} is no status of a run: it is kept as failed") or "failed"
        self._append("run.ended", status=spelled(status), **({"error": spelled(error)} if error else {}))
        self._ended.set()
        os.close(self._file)
        if self._is_ours():
            self._lock.unlink()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None:
            return self.end()
        text = "".join(traceback.format_exception(kind, error, trace))
        self.end("failed", type=kind.__name__, message=str(error)[:65536], trace=text[-65536:])

    def _append(self, kind, **fields):
        """Appends an event, and before it how many were lost. What cannot be written is counted."""
        with self._mutex:
            if self._is_over():
                return say("the run has ended, or is another process's: nothing is logged")
            at = max(self._at, round(time.time() * 1000, 3))
            lost = [("events.lost", {"count": str(self._lost), "reason": spelled(self._why)})] if self._lost else []
            data = b"".join(line(self._seq + 1 + i, at, *one) for i, one in enumerate([*lost, (kind, fields)]))
            try:
                if len(data) > 16 * 1024 * 1024:
                    raise OSError(f"{kind} is longer than 16 MiB")
                if self._lost:  # what a failed write has left there
                    os.ftruncate(self._file, self._size)
                done = 0
                while done < len(data):
                    done += os.write(self._file, data[done:])
                self._seq, self._at, self._size, self._lost = self._seq + len(lost) + 1, at, self._size + done, 0
            except OSError as error:
                self._lost, self._why = self._lost + 1, str(error)
                say(f"{error}: training goes on, and what is lost is counted")

    def _is_over(self):
        return self._ended.is_set() or os.getpid() != self._pid

    def _is_ours(self):
        with suppress(OSError):
            return self._lock.read_text("utf-8") == self._holder

    def _beat(self):
        """Shows other hosts that this process lives. Where another has taken the run over, nothing more is written."""
        while not self._ended.wait(10):
            if self._is_ours() is False:
                self._ended.set()
            with suppress(OSError):
                os.utime(self._lock)
