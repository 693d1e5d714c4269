import { type Artifacts, createArtifacts } from "./artifacts.ts";
import { type Connection, type ConnectionOptions, resolveConnection } from "./connection.ts";
import { createModels, type Models } from "./models.ts";
import { serverVersion } from "./server-version.ts";
import { type Asking, createTracking, type Tracking } from "./tracking.ts";
import { createTransport, type Transport } from "./transport.ts";

/** Everything of an MLflow server, typed. Nothing is ever tried twice: that is up to whoever calls. */
export interface MlflowClient {
  /** Without credentials. */
  readonly uri: string;
  readonly tracking: Tracking;
  readonly models: Models;
  readonly artifacts: Artifacts;
  /** The version of the server; undefined where it does not say. */
  version(more?: Asking): Promise<string | undefined>;
  close(): void;
}

export interface ClientOptions extends ConnectionOptions {
  /** Stands around every request; for tests. */
  readonly wrap?: (transport: Transport) => Transport;
}

export function mlflowClient(options: ClientOptions = {}): MlflowClient {
  const connection: Connection = resolveConnection(options);
  const plain = createTransport(connection);
  const transport = options.wrap?.(plain) ?? plain;
  return {
    uri: connection.uri,
    tracking: createTracking(transport),
    models: createModels(transport),
    artifacts: createArtifacts(transport, connection.uri),
    version: (asking) => serverVersion(transport, asking),
    close: () => plain.close(),
  };
}
