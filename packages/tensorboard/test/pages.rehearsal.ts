// `npm run rehearse -- tensorboard-pages`: TensorBoard's pages in a browser, as a person sees them.
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRunId, forward, memoryDeliveries, memoryJournal, observerStream } from "@runferry/core";
import { type BrowserContext, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { peer } from "../../../tools/peers/peer.ts";
import { tensorboard } from "../src/index.ts";
import { type Loader, startTensorBoard } from "./server.ts";
import { temporaryFolder } from "./subject.ts";

const browserPath = process.env.RUNFERRY_CHROMIUM ?? "/usr/bin/chromium";
const screenshots = mkdtempSync(join(tmpdir(), "runferry-screenshots-"));
const flags =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

const startedAt = 1_732_181_400_000;
const ends = ["finished", "failed", "killed", "running"] as const;
let logdir = "";
let python = "";
let browser: BrowserContext;

/** Four runs that differ in their params and in how they ended; one was killed and has only been seen from outside. */
async function writeRuns(): Promise<void> {
  const backend = tensorboard({ logdir });
  for (const [i, end] of ends.entries()) {
    const id = createRunId(startedAt + i, new Uint8Array(10).fill(i + 1));
    const journal = memoryJournal(id);
    const main = journal.writer();
    let at = startedAt + i * 60_000;
    const name = `run_${end}`;
    main.append({ kind: "run.started", format: 1, id, name, experiment: "mnist", createdAt: at }, at);
    main.append(
      { kind: "params.set", values: { learning_rate: 0.1 / (i + 1), optimizer: i % 2 ? "sgd" : "adam" } },
      at,
    );
    for (let step = 0; step < 50; step++) {
      at += 1000;
      main.append(
        { kind: "metrics.logged", step, values: { "train/loss": (i + 1) / (step + 1), accuracy: step / 50 } },
        at,
      );
    }
    const after = main.append({ kind: "alert.raised", title: "loss is low", level: "warn" }, at).seq;
    main.append({ kind: "events.lost", count: 3, reason: "the disk was full" }, at);
    if (end === "killed") {
      const observer = journal.writer(observerStream);
      observer.append({ kind: "run.ended", status: "killed", after: after + 1 }, at + 1);
      await observer.close();
    } else if (end !== "running") main.append({ kind: "run.ended", status: end }, at);
    await main.close();
    expect((await forward({ journal, backend, deliveries: memoryDeliveries() })).state).toBe("delivered");
  }
}

beforeAll(async () => {
  const found = peer("tensorboard");
  if ("missing" in found) throw new Error(found.missing);
  if (!existsSync(browserPath)) {
    throw new Error(
      `there is no browser at ${browserPath}. Install Chromium (on Debian: apt-get install chromium), or set RUNFERRY_CHROMIUM to its path.`,
    );
  }
  python = found.python;
  logdir = temporaryFolder();
  await writeRuns();
  const profile = mkdtempSync(join(tmpdir(), "runferry-profile-"));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath,
    headless: true,
    args: flags.split(" "),
    viewport: { width: 1600, height: 1000 },
  });
});

afterAll(async () => {
  await browser?.close();
  console.log(`screenshots are in ${screenshots}`);
});

describe.each<Loader>(["python", "rustboard"])("the pages of a TensorBoard with its loader %s", (loader) => {
  async function look(tab: string, visible: readonly string[], then: readonly string[] = []): Promise<void> {
    const server = await startTensorBoard(python, logdir, loader);
    const page = await browser.newPage();
    try {
      await expect.poll(async () => ((await server.get("runs")) as []).length, { timeout: 20_000 }).toBe(5);
      await page.goto(`${server.address}#${tab}`);
      for (const text of visible) await page.getByText(text, { exact: true }).first().waitFor({ timeout: 20_000 });
      for (const text of then) await page.getByText(text).first().waitFor({ timeout: 20_000 });
      await page.waitForTimeout(2000); // the charts move into place
    } finally {
      await page.screenshot({ path: join(screenshots, `${tab}-${loader}.png`) });
      await page.close();
      await server.stop();
    }
  }

  const runs = ends.map((end) => `mnist/run_${end}`);

  test("time series: runs and tags", () => look("timeseries", [...runs, "train/loss", "accuracy"]));
  test("scalars: runs and tags", () => look("scalars", [...runs, "accuracy", "train"]));
  test("hparams: columns of params, and metrics", () =>
    look("hparams", ["learning_rate", "optimizer", "accuracy", "train/loss"], runs));
  test("text: alerts and lost events", () => look("text", [...runs], ["config", "alerts"]));
});
