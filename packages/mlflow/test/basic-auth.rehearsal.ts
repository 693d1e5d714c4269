// `npm run rehearse -- mlflow`: MLflow's own users and passwords.
import { fold, forward, memoryDeliveries } from "@runferry/core";
import { plainRun } from "@runferry/testkit";
import { describe, expect, test } from "vitest";
import { peer } from "../../../tools/peers/peer.ts";
import { mlflow, mlflowClient, mlflowSource } from "../src/index.ts";
import { sharedServer } from "./shared-server.ts";

const admin = { username: "admin", password: "an-admin-password" };
const reader = { username: "reader", password: "a-long-password" };

describe.skipIf("missing" in peer("mlflow-postgres") && !process.env.CI)("a server with users", () => {
  const server = sharedServer("mlflow-postgres", async () => ({
    words: ["--workers", "1", "--app-name", "basic-auth"],
    env: { MLFLOW_FLASK_SERVER_SECRET_KEY: "only for this test", MLFLOW_AUTH_ADMIN_PASSWORD: admin.password },
  }));

  async function deliver(login: { readonly username?: string; readonly password?: string }) {
    const { journal } = await plainRun();
    const backend = mlflow({ uri: server().url, env: {}, ...login });
    const result = await forward({ journal, backend, deliveries: memoryDeliveries(), retry: { attempts: 1 } });
    await backend.close();
    return result;
  }

  test("nobody, a wrong password, one who may only read, and one who may write", async () => {
    const client = mlflowClient({ uri: server().url, env: {}, ...admin });
    await client.tracking.createExperiment("plain");
    const authorization = `Basic ${Buffer.from(`${admin.username}:${admin.password}`).toString("base64")}`;
    const made = await fetch(`${server().url}/api/2.0/mlflow/users/create`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(reader), // who may read everything, as a server has it by default
    });
    expect(made.status).toBe(200);
    for (const login of [{}, { ...admin, password: "wrong" }, reader]) {
      const { state, cause } = await deliver(login);
      expect(state).toBe("incomplete");
      expect(cause).toMatch(login === reader ? /403/ : /401/);
      expect(cause).not.toContain(admin.password);
    }
    expect((await deliver(admin)).state).toBe("delivered");
    const views = [];
    for await (const found of mlflowSource({ uri: server().url, env: {}, ...reader }).runs())
      views.push(await fold(found));
    expect(views.map(({ status, artifacts }) => [status, artifacts.size])).toEqual([["finished", 2]]);
    client.close();
  });
});
