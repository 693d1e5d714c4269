import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import nock from "nock";
import { afterEach, expect, test } from "vitest";
import { checkServer } from "../src/index.ts";

const servers: Server[] = [];
afterEach(() => {
  nock.cleanAll();
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<string> {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const failureAt = (uri: string, env = {}) => checkServer({ uri, env }).catch((cause: unknown) => cause);

test("nobody there, no such host, and http where https is meant have their own remedy", async () => {
  const plain = await listening(createServer((_request, answer) => answer.end()));
  for (const [uri, remedy] of [
    ["http://127.0.0.1:9", "start the server"],
    ["http://no-such-host.invalid", "correct the name of the host"],
    [`https://${plain}`, "write http:// instead"],
  ] as const) {
    expect(await failureAt(uri)).toMatchObject({ code: "unavailable", hint: expect.stringContaining(remedy) });
  }
});

test.each([
  ["SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain", "MLFLOW_TRACKING_SERVER_CERT_PATH"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate", "MLFLOW_TRACKING_SERVER_CERT_PATH"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames", "a name that its certificate"],
  ["CERT_HAS_EXPIRED", "certificate has expired", "renew the certificate"],
  ["ETIMEDOUT", "connect ETIMEDOUT 10.0.0.1:5000", "firewall"],
  ["ECONNRESET", "socket hang up", "see whether the server runs"],
])("%s", async (code, message, remedy) => {
  nock("https://ml.example")
    .persist()
    .post(/.*/)
    .replyWithError(Object.assign(new Error(message), { code }));
  expect(await failureAt("https://ml.example")).toMatchObject({ hint: expect.stringContaining(remedy) });
});

test("proxies of the environment are used, with their log-in, and not for what NO_PROXY names", async () => {
  const seen: string[] = [];
  const proxy = createServer((request, answer) => {
    seen.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"]}`);
    const isVersion = request.url!.endsWith("/version");
    answer.writeHead(200, { "content-type": "application/json" }).end(isVersion ? "3.1.0" : '{"experiments": []}');
  });
  proxy.on("connect", (request, socket) => {
    seen.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"]}`);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  const at = await listening(proxy);
  const env = { HTTP_PROXY: `http://kim:pa55word@${at}`, HTTPS_PROXY: `http://kim:pa55word@${at}` };
  const login = `Basic ${Buffer.from("kim:pa55word").toString("base64")}`;
  expect(await checkServer({ uri: "http://ml.invalid:5000", env })).toEqual({ version: "3.1.0", login: "none" });
  const failure = (await failureAt("https://ml.invalid", env)) as Error;
  expect(`${failure.message} ${failure.stack}`).not.toMatch(/pa55word|a2lt/);
  expect(seen).toEqual([
    `POST http://ml.invalid:5000/api/2.0/mlflow/experiments/search ${login}`,
    `GET http://ml.invalid:5000/version ${login}`,
    `CONNECT ml.invalid:443 ${login}`,
  ]);
  expect(await failureAt("http://ml.invalid:5000", { ...env, NO_PROXY: "ml.invalid" })).toMatchObject({
    hint: expect.stringContaining("name of the host"),
  });
  expect(seen).toHaveLength(3);
});
