import { createRunId } from "@runferry/core";
import { openStore } from "@runferry/local";
import { expect, test } from "vitest";
import { firstWords, outputOf, startChild } from "./child.ts";
import { eventsOf, rounds, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const kills = 20 * rounds;

test(`${kills} children killed at random: nothing acknowledged is lost, nothing is there twice`, async () => {
  const folder = temporary();
  openStore(folder);
  let seed = 20_251_121;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  let acknowledged = 0;
  let beyond = 0; // written, but the child died before it could say so
  let takeOvers = 0;
  const runs = Array.from({ length: Math.ceil(kills / 5) }, (_, i) => createRunId(Date.now() + i));
  for (let kill = 0; kill < kills; kill++) {
    const id = runs[kill % runs.length]!; // every run is gone on with several times
    if (openStore(folder).has(id)) takeOvers++;
    const child = startChild("log-acknowledged", folder, id);
    const output = outputOf(child);
    await Promise.race([output, firstWords(child)]); // one that fails at once says why
    await new Promise((resolve) => setTimeout(resolve, random() * 60));
    child.kill("SIGKILL");
    const said = (await output).split("\n");
    const last = Number(said.at(-2)); // what stands after the last newline may be cut
    const events = await eventsOf(openStore(folder).run(id).journal);
    expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
    expect(events.some((event) => event.kind === "events.lost")).toBe(false);
    expect(events.length).toBeGreaterThanOrEqual(last);
    acknowledged += last;
    beyond += events.length - last;
    expect(openStore(folder).run(id).isOrphan).toBe(true);
  }
  console.log(
    `${kills} kills: ${acknowledged} events acknowledged, 0 lost, 0 twice; ` +
      `${beyond} written and not yet acknowledged; ${takeOvers} runs taken over from the dead`,
  );
  expect(takeOvers).toBeGreaterThan(0);
  expect(
    openStore(folder)
      .list()
      .map((entry) => entry.status),
  ).toEqual(runs.map(() => "killed"));
});

test("16 processes create runs at once: every id and every name is there once", async () => {
  const folder = temporary();
  const each = 5 * Math.min(rounds, 20);
  const outputs = await Promise.all(
    Array.from({ length: 16 }, () => outputOf(startChild("create-runs", folder, String(each)))),
  );
  const made = outputs.flatMap((output) =>
    output
      .trim()
      .split("\n")
      .map((line) => line.split(" ")),
  );
  expect(new Set(made.map(([id]) => id)).size).toBe(16 * each);
  expect(new Set(made.map(([, name]) => name)).size).toBe(16 * each);
  const listed = openStore(folder).list();
  expect(listed.map((entry) => entry.started.name).sort()).toEqual(made.map(([, name]) => name).sort());
});

test("of 8 processes that take over from a dead one at once, one gets the run", async () => {
  const folder = temporary();
  const id = createRunId(Date.now());
  const victim = startChild("log-acknowledged", folder, id);
  const said = outputOf(victim);
  await Promise.race([said, firstWords(victim)]);
  victim.kill("SIGKILL");
  await said;
  const heirs = Array.from({ length: 8 }, () => startChild("take-over", folder, id));
  const ready = heirs.map((heir) => firstWords(heir));
  const outputs = heirs.map(outputOf);
  await Promise.all(ready);
  for (const heir of heirs) heir.stdin.end();
  const results = (await Promise.all(outputs)).map((output) => output.replace("ready\n", "").trim());
  expect(results.sort()).toEqual([...Array<string>(7).fill("locked"), "wrote"]);
  const events = await eventsOf(openStore(folder).run(id).journal);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1));
});
