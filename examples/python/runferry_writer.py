"""Logs runs from Python to a store of runferry. One file, the standard library alone: copy it into your project.

    with Run("ctr_model", params={"lr": 1e-3}) as run:      # an error makes the run failed, and goes on
        for step in range(100):
            run.log({"loss": 1 / (step + 1)}, step)

What a call logs is in the file when it returns, also after kill -9. A disk that is full costs the training nothing: what
could not be written is counted, and told in the journal. Files (artifacts, media) are not written from here yet.
The format is described in docs/journal-format.md.
"""

import hashlib, json, math, os, re, secrets, subprocess, sys, threading, time, traceback, unicodedata, zlib  # noqa: E401
from decimal import Decimal

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def number(value):
    """A float as journals spell it, which is as JavaScript does; NaN and the infinities by name."""
    if not math.isfinite(value):
        return '"NaN"' if value != value else '"Infinity"' if value > 0 else '"-Infinity"'
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    digits, point = "".join(map(str, digits)), len(digits) + exponent
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
    elif -6 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}" if point > 0 else f"0.{'0' * -point}{digits}"
    else:
        text = digits[0] + (f".{digits[1:]}" if digits[1:] else "") + f"e{point - 1:+d}"
    return "-" * sign + text


def spelled(value):
    """JSON without spaces. Numbers stay as Python spells them (1.0, 1e-05, 64 bits and more)."""
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else number(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{spelled(str(key))}:{spelled(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(spelled, value)) + "]"
    if value is None or isinstance(value, (bool, int, str)):
        return json.dumps(value, ensure_ascii=False)
    return spelled(value.tolist() if hasattr(value, "tolist") else str(value))  # numpy, torch


def line(seq, at, kind, fields):
    """An event as a line of a journal. `fields` are texts of JSON by name."""
    body = f'{{"seq":{seq},"at":{number(at)},"kind":"{kind}"' + "".join(f',"{k}":{v}' for k, v in fields.items())
    body = body.encode("utf-8", "backslashreplace")  # half a surrogate pair becomes its escape
    return body + b',"crc":"%08x"}\n' % zlib.crc32(body)


def scan(data):
    """The last seq and time of a journal, and how many bytes of it are whole lines."""
    seq = at = 0
    whole = data.rfind(b"\n") + 1
    for one in data[:whole].split(b"\n")[:-1]:
        seq += 1  # a line damaged beyond reading has used up one number
        body, mark, tail = one.rpartition(b',"crc":"')
        if mark and tail[8:] == b'"}' and tail[:8] == b"%08x" % zlib.crc32(body):
            event = json.loads(one)
            seq, at = event["seq"], event["at"]
    return seq, at, whole


def ask(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def start_of(pid):
    """When a process started, in the words of its system; empty where there is none."""
    if not sys.platform.startswith("linux"):
        return ask("ps", "-o", "lstart=", "-p", str(pid))
    fields = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in "ZX" else ""


def identity():
    boot = read("/proc/sys/kernel/random/boot_id").strip() or ask("sysctl", "-n", "kern.boottime")
    own = {"host": os.uname().nodename, "bootId": boot, "pid": os.getpid(), "startTime": start_of(os.getpid())}
    try:
        own["pidNamespace"] = os.readlink("/proc/self/ns/pid")
    except OSError:
        pass  # not Linux
    return own


def temporary(path, text):
    name = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{secrets.token_hex(8)}.tmp")
    with open(name, "x", encoding="utf-8") as file:
        file.write(text)
    return name


def create(path, text):
    """Creates a file whole. Says whether it was not there yet."""
    name = temporary(path, text)
    try:
        os.link(name, path)
        return True
    except FileExistsError:
        return False
    finally:
        os.unlink(name)


def is_stale(path, own):
    try:
        other, age = json.loads(read(path) or "{}"), os.stat(path).st_mtime
    except ValueError:
        other, age = {}, os.stat(path).st_mtime
    except FileNotFoundError:
        return False
    other = other if isinstance(other, dict) else {}
    if other.get("host") == own["host"] and other.get("bootId") != own["bootId"]:
        return True
    if other.get("host") == own["host"] and other.get("pidNamespace") == own.get("pidNamespace"):
        return start_of(other.get("pid")) != other.get("startTime")
    probe = temporary(path, "")  # the clock that stamps the lock may be a file server's
    try:
        return os.stat(probe).st_mtime - age > 300
    finally:
        os.unlink(probe)


def take_lock(path, own, text):
    for _ in range(100):
        if create(path, text):
            return
        if is_stale(path, own) and create(f"{path}.breaking", text):
            try:
                if is_stale(path, own):
                    os.replace(temporary(path, text), path)
                    return
            finally:
                os.unlink(f"{path}.breaking")
        elif os.path.exists(path) and not os.path.exists(f"{path}.breaking"):
            break
        time.sleep(0.1)
    raise RuntimeError(f"another process writes this run: {read(path).strip()} ({path})")


def claim(folder, experiment, name):
    """Notes the experiment, and gives the name of the run: the next free one where none is wanted."""
    slug = re.sub("[^a-z0-9]+", "-", unicodedata.normalize("NFKD", experiment).lower()).strip("-")[:60]
    digest = hashlib.sha256(experiment.encode()).hexdigest()[:8]
    own = os.path.join(folder, "experiments", f"{slug or 'experiment'}-{digest}")
    os.makedirs(os.path.join(own, "names"), exist_ok=True)
    note = os.path.join(own, "experiment.json")
    create(note, json.dumps({"name": experiment}, ensure_ascii=False) + "\n")
    if json.loads(read(note)).get("deleted"):  # it comes back with its first run
        known = {key: value for key, value in json.loads(read(note)).items() if key != "deleted"}
        os.replace(temporary(note, json.dumps(known, ensure_ascii=False) + "\n"), note)
    taken = [int(one[4:]) for one in os.listdir(os.path.join(own, "names")) if re.fullmatch("run_[0-9]{3,15}", one)]
    following = max(taken, default=0)
    while True:
        following += 1
        free = name or f"run_{following:03}"
        if not re.fullmatch(r"\w[\w.-]{0,99}", free, re.ASCII):
            return free  # only a label
        try:
            os.close(os.open(os.path.join(own, "names", free), os.O_CREAT | os.O_EXCL))
            return free
        except FileExistsError:
            if name:
                return free


def whole_number(step):
    try:
        whole = int(step) if step == int(step) else None
    except (TypeError, ValueError, OverflowError):
        return None
    return whole if whole is not None and abs(whole) < 2**53 else None


class Run:
    """A run in the store `dir`. With the `id` of one that is there it goes on with that."""

    def __init__(self, experiment="default", params=None, tags=None, name=None, dir=None, id=None):
        folder = os.path.abspath(dir or os.environ.get("RUNFERRY_DIR") or "runferry")
        os.makedirs(folder, exist_ok=True)
        mark = os.path.join(folder, "store.json")
        if not os.path.exists(mark):
            others = [one for one in os.listdir(folder) if not re.fullmatch(r"\..*\.tmp|\.DS_Store", one)]
            if others and not os.path.exists(mark):
                raise RuntimeError(f"{folder} is no store of runferry, and holds other files: name another folder")
            create(mark, '{"format":1}\n')
        if json.loads(read(mark))["format"] > 1:
            raise RuntimeError(f"{folder} was written by a newer runferry")
        now = round(time.time() * 1000, 3)
        bits = (int(now) << 80) | secrets.randbits(80)
        self.id = id or "".join(ALPHABET[bits >> shift & 31] for shift in range(125, -1, -5))
        if not re.fullmatch("[0-9a-hjkmnp-tv-z]{26}", self.id):
            raise ValueError(f"{self.id!r} is no id of a run")
        self.folder = os.path.join(folder, "runs", self.id)
        os.makedirs(os.path.join(self.folder, "journal"), exist_ok=True)
        self._lock = os.path.join(self.folder, "journal", "main.lock")
        own = identity()
        self._owner = json.dumps(own, separators=(",", ":")) + "\n"
        take_lock(self._lock, own, self._owner)
        self._file = os.open(self._lock[:-4] + "ndjson", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        with open(self._file, "rb", closefd=False) as file:
            self._seq, self._at, self._size = scan(file.read())
        os.ftruncate(self._file, self._size)
        self._pid, self._lost, self._said, self._mutex = os.getpid(), [0, ""], set(), threading.RLock()
        self._ended = threading.Event()
        threading.Thread(target=self._beat, daemon=True).start()
        self.name = name
        if self._seq > 0:
            self._append("run.resumed")
        else:
            self.name = claim(folder, experiment, name)
            about = {"format": 1, "id": self.id, "name": self.name, "experiment": experiment, "createdAt": now}
            about |= {"host": own["host"], "pid": self._pid, "command": [sys.executable, *sys.argv]}
            self._append("run.started", **{k: number(v) if k == "createdAt" else spelled(v) for k, v in about.items()})
        if params:
            self.log_params(params)
        if tags:
            self.set_tags(tags)

    def log(self, values, step=None, **context):
        """Numbers, and what holds one (numpy, torch), at a step. What tells points of one metric apart is `context`."""
        numbers = {}
        for name, value in (values or {}).items():
            try:
                numbers[name] = number(1.0 * (value.item() if hasattr(value, "item") else value))
            except Exception:
                self._say(f"{name} is no number, so it is no metric")
        fields = {}
        whole = whole_number(step)
        if whole is not None:
            fields["step"] = str(whole)
        elif step is not None:
            self._say(f"the step {step!r} is no whole number below 2^53: its values are kept without it")
        if context:
            fields["context"] = spelled({key: str(value) for key, value in context.items()})
        if numbers:
            text = ",".join(f"{spelled(str(name))}:{value}" for name, value in numbers.items())
            self._append("metrics.logged", **fields, values=f"{{{text}}}")

    def log_params(self, values):
        self._append("params.set", values=spelled(values or {}))

    def set_tags(self, values):
        self._append("tags.set", values=spelled({k: None if v is None else str(v) for k, v in values.items()}))

    def end(self, status="finished", error=None):
        """`finished`, `failed` or `killed`, also in the words of other trackers."""
        if self._ended.is_set():
            return
        words = {"completed": "finished", "success": "finished", "crashed": "failed", "error": "failed"}
        told = str(status).lower()
        status = words.get(told, told)
        if status not in ("finished", "failed", "killed"):
            self._say(f"{told} is no status of a run: it is kept as failed")
            status = "failed"
        fields = {} if error is None else {"error": spelled(error)}
        self._append("run.ended", status=spelled(status), **fields)
        self._ended.set()
        os.close(self._file)
        if read(self._lock) == self._owner:
            os.unlink(self._lock)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None:
            return self.end()
        text = "".join(traceback.format_exception(kind, error, trace))[:65536]
        self.end("failed", {"type": kind.__name__, "message": str(error)[:65536], "trace": text})

    def _append(self, kind, **fields):
        with self._mutex:
            if self._ended.is_set() or os.getpid() != self._pid:
                return self._say("the run has ended, or is another process's: nothing is logged")
            if self._lost[0]:
                if not self._write("events.lost", count=str(self._lost[0]), reason=spelled(self._lost[1])):
                    self._lost[0] += 1
                    return
                self._lost[0] = 0
            self._lost[0] += not self._write(kind, **fields)

    def _write(self, kind, **fields):
        at = max(self._at, round(time.time() * 1000, 3))
        data = line(self._seq + 1, at, kind, fields)
        try:
            if len(data) > 16 * 1024 * 1024:
                raise OSError(f"{kind} is longer than 16 MiB")
            if os.fstat(self._file).st_size != self._size:  # what a failed write has left there
                os.ftruncate(self._file, self._size)
            done = 0
            while done < len(data):
                done += os.write(self._file, data[done:])
        except OSError as error:
            self._lost[1] = str(error)
            self._say(f"{error}: training goes on, and what is lost is counted")
            return False
        self._seq, self._at, self._size = self._seq + 1, at, self._size + len(data)
        return True

    def _beat(self):
        """Shows other hosts that this process lives, and stops it from writing where another has taken over."""
        while not self._ended.wait(10):
            try:
                with open(self._lock, "r+", encoding="utf-8") as file:
                    if file.read() != self._owner:
                        return self._ended.set()
                    file.seek(0)
                    file.write(self._owner)
            except OSError:
                return self._ended.set()

    def _say(self, text):
        if text not in self._said:
            self._said.add(text)
            print(f"runferry: {text}", file=sys.stderr)
