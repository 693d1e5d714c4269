import { RunferryError } from "@runferry/core";
import type { MlflowServer } from "@runferry/mlflow";
import { readConfig } from "./config-file.ts";
import { resolvePlace } from "./destination.ts";
import { parsePlace } from "./places.ts";

/**
 * Opens the server of a place to ask it for runs, models and versions. Default: what MLFLOW_TRACKING_URI names. The client
 * is only loaded here; nothing is asked yet.
 */
export async function openServer(place: string = "mlflow"): Promise<MlflowServer> {
  const { kind, address: uri } = resolvePlace(parsePlace(place, readConfig(process.cwd())?.places));
  if (kind !== "mlflow") {
    throw new RunferryError("bad_option", `the place ${place} is no server that can be searched`, {
      hint: "name an MLflow server: mlflow:http://localhost:5000, or mlflow alone to use MLFLOW_TRACKING_URI",
      data: "nothing was changed",
    });
  }
  const { mlflowServer } = await import("@runferry/mlflow");
  return mlflowServer({ uri });
}
