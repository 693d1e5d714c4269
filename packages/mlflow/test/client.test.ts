import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import nock from "nock";
import { afterEach, describe, expect, test } from "vitest";
import { meaningOf, mlflow, mlflowClient, resolveConnection } from "../src/index.ts";

const uri = "http://ml.example:5000";
afterEach(() => nock.cleanAll());

test.each([
  [400, true, "refused"],
  [401, true, "needs_credentials"],
  [401, false, "needs_credentials"],
  [403, true, "needs_credentials"],
  [407, false, "needs_credentials"],
  [404, true, "not_found"],
  [404, false, "unavailable"],
  [408, false, "unavailable"],
  [409, true, "refused"],
  [413, false, "refused"],
  [422, true, "refused"],
  [429, true, "unavailable"],
  [500, true, "unavailable"],
  [501, true, "refused"],
  [502, false, "unavailable"],
  [503, true, "unavailable"],
  [504, false, "unavailable"],
  [200, false, "unavailable"],
  [302, false, "unavailable"],
])("status %i, answered by MLflow: %s, means %s", (status, fromMlflow, code) => {
  expect(meaningOf(status, fromMlflow).code).toBe(code);
});

describe("the environment of MLflow's client", () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
  const HOME = mkdtempSync(join(tmpdir(), "runferry-home-"));

  test("user and password win over a token, options over both", () => {
    const env = { MLFLOW_TRACKING_URI: `${uri}/base/`, MLFLOW_TRACKING_TOKEN: "t", MLFLOW_WORKSPACE: "w", HOME };
    expect(resolveConnection({ env })).toMatchObject({
      uri: `${uri}/base`,
      authorization: "Bearer t",
      workspace: "w",
    });
    const named = { ...env, MLFLOW_TRACKING_USERNAME: "u", MLFLOW_TRACKING_PASSWORD: "p" };
    expect(resolveConnection({ env: named }).authorization).toBe(basic("u:p"));
    expect(resolveConnection({ env: named, token: "mine" }).authorization).toBe("Bearer mine");
    expect(resolveConnection({ uri: "https://a:b%40@h.example", env: { HOME } })).toMatchObject({
      uri: "https://h.example",
      authorization: basic("a:b@"),
    });
  });

  test("~/.mlflow/credentials comes last", () => {
    const home = mkdtempSync(join(tmpdir(), "runferry-home-"));
    mkdirSync(join(home, ".mlflow"));
    const text = "[mlflow]\nmlflow_tracking_username = kept\nmlflow_tracking_password = secret=1\n";
    writeFileSync(join(home, ".mlflow", "credentials"), text);
    expect(resolveConnection({ uri, env: { HOME: home } }).authorization).toBe(basic("kept:secret=1"));
  });

  test("TLS", () => {
    const pem = join(HOME, "server.pem");
    writeFileSync(pem, "PEM");
    const env = { HOME, MLFLOW_TRACKING_INSECURE_TLS: "true", MLFLOW_TRACKING_SERVER_CERT_PATH: pem };
    expect(resolveConnection({ uri, env }).tls).toEqual({ rejectUnauthorized: false, ca: "PEM" });
    const missing = { HOME, MLFLOW_TRACKING_CLIENT_CERT_PATH: join(HOME, "none.pem") };
    expect(() => resolveConnection({ uri, env: missing })).toThrow(/MLFLOW_TRACKING_CLIENT_CERT_PATH/);
  });

  test.each([
    "",
    "mlruns",
    "./mlruns",
    "file:///a/mlruns",
    "sqlite:///mlflow.db",
    "postgresql+psycopg2://u:pw@h/d",
    "databricks",
    "databricks://profile",
  ])("%j as a tracking URI is named with a remedy, and without what it holds", (wrong) => {
    const open = () => mlflow({ uri: wrong, env: {} });
    expect(open).toThrow(/MLflow|tracking URI/);
    expect(open).not.toThrow(/pw/);
  });
});

test("no secret in any error, and an expired token asks for credentials", async () => {
  nock(uri).persist().post(/.*/).reply(401, "token s3cr3t-token is expired").get(/.*/).replyWithError("socket hang up");
  const client = mlflowClient({ uri, token: "s3cr3t-token", env: {} });
  const failures = await Promise.all([
    client.tracking.createExperiment("e").catch((cause: unknown) => cause),
    client.tracking.getRun("id").catch((cause: unknown) => cause),
  ]);
  expect(failures).toMatchObject([{ code: "needs_credentials" }, { code: "unavailable" }]);
  for (const failure of failures) {
    const { message, stack, cause } = failure as Error;
    expect(`${message} ${stack} ${JSON.stringify(failure)} ${JSON.stringify(cause)}`).not.toContain("s3cr3t");
  }
  client.close();
});

test("max_results is always sent, and a token that comes again ends it", async () => {
  const asked: string[] = [];
  nock(uri)
    .persist()
    .get("/api/2.0/mlflow/metrics/get-history")
    .query((query) => asked.push(JSON.stringify(query)) > 0)
    .reply(200, { metrics: [{ key: "a", value: "NaN", timestamp: 1 }], next_page_token: "same" });
  const client = mlflowClient({ uri, env: {} });
  const points = [];
  for await (const point of client.tracking.metricHistory("r", "a")) points.push(point);
  expect(points).toHaveLength(2);
  expect(asked.every((query) => query.includes('"max_results":"25000"'))).toBe(true);
  client.close();
});
