// `npm run bench -- wandb [--json] [--full] [--only offline|upload]`: a run without a network, and a run brought to a
// server, ours beside W&B's own client by its ordinary calls with default settings, in alternation, each in a process of
// its own and timed until closed. Medians.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { peer } from "../tools/peers/peer.ts";
import { median, tell } from "./measure.ts";
import { measureUploads } from "./wandb/uploads.ts";

const rounds = 5;
const ourRows = 200_000;
const theirRows = 5000;
const longRows = 1_000_000;

interface Written {
  readonly rate: number;
  readonly bytes: number;
  readonly mib: number;
}

function writeOurs(rows: number): Written {
  const words = [join(import.meta.dirname, "wandb", "write.mjs"), String(rows)];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Written;
}

/** Rows a second; undefined where W&B's client is not installed. */
function writeTheirs(rows: number): number | undefined {
  const found = peer("wandb");
  if (!("python" in found)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "runferry-bench-"));
  const script = join(import.meta.dirname, "peers", "with_wandb.py");
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    WANDB_MODE: "offline",
    WANDB_ERROR_REPORTING: "false",
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const words = [script, "rate", folder, String(rows)];
  const { stdout, stderr } = spawnSync(found.python, words, { cwd: folder, encoding: "utf8", env });
  const seconds = Number(stdout.trim().split("\n").at(-1)?.split(" ").at(-1));
  rmSync(folder, { recursive: true, force: true });
  if (!(seconds > 0)) throw new Error(`wandb failed: ${stderr}`);
  return rows / seconds;
}

const { values: words } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
    only: { type: "string" },
  },
});

function measureOffline(): void {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(writeOurs(ourRows).rate);
    const rate = writeTheirs(theirRows);
    if (rate !== undefined) theirs.push(rate);
  }
  const times = Math.floor(median(ours) / median(theirs));
  tell("rows a second into a .wandb file", [
    { name: "runferry", "rows/s": median(ours) },
    ...(theirs.length === 0
      ? []
      : [
          { name: "wandb, offline", "rows/s": median(theirs) },
          { name: "times as many", "rows/s": times },
        ]),
  ]);
  const { mib, rate, bytes } = writeOurs(longRows);
  tell("one run of a million rows", [{ "MiB in use": mib, "rows/s": rate, "MiB of file": bytes / 2 ** 20 }]);
}

async function measureUpload(): Promise<void> {
  const found = peer("wandb");
  const rows = words.full ? longRows : ourRows;
  const { ours, theirs } = await measureUploads(rows, 3, "python" in found ? found.python : undefined);
  tell(`a run of ${rows} rows to a server`, [
    { name: "runferry", "rows/s": rows / ours.seconds, requests: ours.requests, "of lines": ours.lines, MiB: ours.mib },
    ...(theirs === undefined
      ? []
      : [
          {
            name: "wandb sync",
            "rows/s": rows / theirs.seconds,
            requests: theirs.requests,
            "of lines": theirs.lines,
            MiB: "",
          },
          {
            name: "times as fast",
            "rows/s": (theirs.seconds / ours.seconds).toFixed(1),
            requests: "",
            "of lines": "",
            MiB: "",
          },
        ]),
  ]);
}

if (words.only !== "upload") measureOffline();
if (words.only !== "offline") await measureUpload();
