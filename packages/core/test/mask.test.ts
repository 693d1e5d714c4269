import { fold, mainStream, maskEvent, maskText, namesSecret, type Recorded, type RunEvent } from "@runferry/core";
import { innocents, rounds, secretRun } from "@runferry/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyEvent, anyText } from "./arbitrary-events.ts";

const recorded = (event: RunEvent): Recorded => ({ ...event, seq: 1, at: 1 });

async function eventsOf(seed: number) {
  const run = await secretRun(seed);
  const events: Recorded[] = [];
  for await (const stream of run.journal.streams()) {
    if (stream.name === mainStream) for await (const chunk of stream.read()) events.push(...chunk);
  }
  return { events, secrets: run.secrets, run };
}

describe("masking", () => {
  test("leaves no secret in any event", async () => {
    for (const seed of [1, 2, 3]) {
      const { events, secrets } = await eventsOf(seed);
      expect(secrets.length).toBeGreaterThan(50);
      const before = JSON.stringify(events);
      const after = JSON.stringify(events.map(maskEvent));
      for (const secret of secrets) {
        expect(before).toContain(secret);
        expect(after).not.toContain(secret);
      }
      expect(JSON.stringify(events)).toBe(before);
    }
  });

  test("leaves the innocent look-alikes", async () => {
    const { run } = await eventsOf(1);
    const view = await fold(run.journal, { mask: true });
    for (const [name, value] of Object.entries(innocents)) expect(view.params.get(name), name).toEqual(value);
    expect(view.started!.command!.slice(-2)).toEqual(["--pad-token", "<pad>"]);
    expect(view.started!.command).toContain("0.1");
  });

  test("masked once is masked for good", async () => {
    const { events } = await eventsOf(4);
    for (const event of events) {
      const once = maskEvent(event).event;
      expect(maskEvent(once)).toEqual({ event: once, masked: [] });
    }
    fc.assert(
      fc.property(anyEvent, (event) => {
        const once = maskEvent(recorded(event)).event;
        expect(maskEvent(once).event).toEqual(once);
      }),
      rounds(300),
    );
    const piece = fc.oneof(
      anyText,
      fc.constantFrom("token", "api_key", "=", ": ", '"', "'", "--password ", "Bearer ", "://", "@", "secretvalue"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const once = maskText(pieces.join(""));
        expect(maskText(once)).toBe(once);
      }),
      rounds(2000),
    );
  });

  test("gives the same object where there is nothing to mask", () => {
    const event = recorded({ kind: "params.set", values: { ...innocents } });
    expect(maskEvent(event).event).toBe(event);
  });

  test("says where, and never what", () => {
    const { masked } = maskEvent(recorded({ kind: "params.set", values: { db: { password: "hunter2", port: 1 } } }));
    expect(masked).toEqual(["params.set values db password"]);
  });

  test.each([
    ["api_key=abc123", "api_key=***"],
    ["API_KEY: abc123, lr: 0.1", "API_KEY: ***, lr: 0.1"],
    ["--password hunter2 --lr 0.1", "--password *** --lr 0.1"],
    ["{'api_key': 'a b', 'lr': 1}", "{'api_key': '***', 'lr': 1}"],
    ['{"secret": "a, b"}', '{"secret": "***"}'],
    ["https://user:pass@host/x", "https://***@host/x"],
    ["https://host/x?access_token=abcdefgh&y=1", "https://host/x?access_token=***&y=1"],
    ["https://h/?X-Amz-Signature=0123abcd&a=1", "https://h/?X-Amz-Signature=***&a=1"],
    ["Authorization: Bearer abcdefghijk", "Authorization: Bearer ***"],
    [`password=${"x".repeat(9000)}`, "password=***"],
    ["max_tokens=512 tokens: many", "max_tokens=512 tokens: many"],
    ["the password is wrong", "the password is wrong"],
  ])("in a text: %s", (text, safe) => {
    expect(maskText(text)).toBe(safe);
  });

  test.each([
    ["password", "password"],
    ["DB_PASSWORD", "password"],
    ["dbPassword", "password"],
    ["openai.api-key", "password"],
    ["OPENAIApiKey", "password"],
    ["hf_token", "token"],
    ["num_tokens", undefined],
    ["pad_token", undefined],
    ["tokenizer", undefined],
    ["key", undefined],
    ["monkey", undefined],
    ["", undefined],
  ])("the key %s", (key, named) => {
    expect(namesSecret(key)).toBe(named);
  });

  const units = [
    "a",
    "A",
    "aA",
    "-eyJaaaaaaaaa",
    "eyJaaaaaaaaa.",
    "://a:",
    "://aaaaaaaaaaaaaa",
    "-----BEGIN ",
    "-----BEGIN PRIVATE KEY-----",
    "-",
    "--a ",
    "a=",
    "Bearer ",
    "password=",
    "token: ",
    '"',
    "a.b-",
    "\n",
    " ",
    "?sig=",
    "a:b@",
    "token='",
    "🚀",
    "password\t",
  ];
  test.each(units)("takes bounded time on a megabyte of %j", (unit) => {
    const text = unit.repeat(1_000_000 / unit.length);
    const begin = process.cpuUsage();
    maskText(text);
    namesSecret(text);
    expect(process.cpuUsage(begin).user).toBeLessThan(1_500_000);
  });
});
