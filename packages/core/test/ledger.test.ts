import {
  type Backend,
  type Deliveries,
  type Delivery,
  memoryDeliveries,
  memoryJournal,
  startCursor,
} from "@runferry/core";
import { instantClock } from "@runferry/testkit";
import { expect, it } from "vitest";
import { openLedger } from "../src/ledger.ts";

const place = { kind: "scripted", address: "somewhere", mapping: 1 } as Backend;

/** Deliveries whose disk is full for some saves. */
function fullFor(saves: number): Deliveries & { readonly saved: Delivery[]; readonly refused: () => number } {
  const saved: Delivery[] = [];
  let refused = 0;
  return {
    ...memoryDeliveries(),
    async save(_run, delivery) {
      if (refused < saves) throw new Error(`no room ${++refused}`);
      saved.push(delivery);
    },
    saved,
    refused: () => refused,
  };
}

function ledgerOver(deliveries: Deliveries) {
  const clock = instantClock();
  const journal = memoryJournal("run");
  return openLedger({
    journal,
    as: undefined,
    telling: undefined,
    backend: place,
    deliveries,
    clock,
    saveEveryMs: 1000,
  });
}

it("what could not be saved is saved once it can be, though nothing more comes", async () => {
  const deliveries = fullFor(3);
  const ledger = await ledgerOver(deliveries);
  await ledger.update("main", { cursor: { ...startCursor, through: 5 } });
  ledger.saveSoon(new AbortController().signal);
  while (deliveries.saved.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(deliveries.refused()).toBe(3);
  expect(deliveries.saved[0]!.streams.main!.cursor.through).toBe(5);
});

it("a steady flow does not hide that nothing can be saved", async () => {
  const deliveries = fullFor(Number.POSITIVE_INFINITY);
  const stop = new AbortController();
  const ledger = await ledgerOver(deliveries);
  await ledger.update("main", { cursor: { ...startCursor, through: 5 } });
  ledger.saveSoon(stop.signal);
  while (deliveries.refused() === 0) await new Promise((resolve) => setImmediate(resolve));
  await expect(ledger.update("main", { cursor: { ...startCursor, through: 6 } })).rejects.toThrow("no room");
  stop.abort();
});
