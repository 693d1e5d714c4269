import { createInterface } from "node:readline";
import { logOnStderr } from "./delivery-log.ts";
import { createDeliveryService, type ServiceOptions, type ToldEnd } from "./delivery-service.ts";

/** What an owner writes into the pipe, one a line. */
export interface OwnerMessage {
  readonly dir: string;
  readonly run: string;
  readonly ended?: ToldEnd;
}

export interface OwnerOptions extends ServiceOptions {
  /** After SIGTERM, as a machine that shuts down sends it. */
  readonly graceMs: number;
}

/**
 * The life of a delivery process: serves the runs that its owner names on stdin, whose end is the owner's death, then
 * what others have left behind in the same stores; resolves when everything has arrived.
 */
export async function serveOwner(options: Partial<OwnerOptions> = {}): Promise<void> {
  const { log = logOnStderr, graceMs = 20_000 } = options;
  const service = createDeliveryService({ ...options, log });
  const dirs = new Set<string>();
  log("begins");
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined); // meant for the training
  process.once("SIGTERM", () => {
    log("SIGTERM: leaves soon");
    setTimeout(() => {
      const reason = new Error("the delivery process was told to end");
      service.stop(reason).then(() => process.exit(0));
    }, graceMs).unref();
  });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const message = JSON.parse(line) as OwnerMessage;
      if (message.ended) service.tellEnd(message.dir, message.run, message.ended);
      else service.serve(message.dir, message.run);
      if (dirs.has(message.dir)) continue;
      dirs.add(message.dir);
      service.takeOrphans(message.dir);
    } catch (cause) {
      log(`a run could not be served: ${cause instanceof Error ? cause.message : cause}`);
    }
  }
  await service.ownerGone();
  await service.idle();
  log("leaves: everything is done");
}
