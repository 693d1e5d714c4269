import type { BackendSubject, Place } from "../subject.ts";
import { toyClient } from "./toy-client.ts";
import { startToyServer, type ToyServer, type ToyServerOptions } from "./toy-server.ts";
import { toyServerSource } from "./toy-server-source.ts";

export interface ToyServerPlace extends Place {
  readonly server: ToyServer;
}

export interface ToyServerSubject extends BackendSubject {
  create(): Promise<ToyServerPlace>;
}

/** The toy server as the options make it, each place a server of its own. */
export function createToyServerSubject(options: ToyServerOptions = {}): ToyServerSubject {
  return {
    name: options.faults ? "toy-server with a hostile network" : "toy-server",
    async create() {
      const server = await startToyServer(options);
      return {
        server,
        open: async (crash) => toyClient(server.url, crash),
        source: async () => toyServerSource(server.url),
        dump: async () => server.dump(),
        remove: () => server.close(),
      };
    },
  };
}

export const toyServerSubject: ToyServerSubject = createToyServerSubject();
