import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startWandbServer, type WandbServer } from "../src/wandb-server/index.ts";
import { type Answered, at, digestOf, md5, type PlainClient, plainClient } from "./wandb-client.ts";

let server: WandbServer;
let client: PlainClient;

beforeEach(async () => {
  server = await startWandbServer();
  client = plainClient(server);
  await client.upsert("r");
});
afterEach(() => server.close());

const artifacts = async () => (await server.run(server.entity, "p", "r"))!.artifacts;

function create(digest: string, more: object = {}): Promise<Answered> {
  const input = {
    entityName: server.entity,
    projectName: "p",
    runName: "r",
    artifactTypeName: "model",
    artifactCollectionName: "weights",
    digest,
    digestAlgorithm: "MANIFEST_MD5",
    aliases: [{ artifactCollectionName: "weights", alias: "latest" }],
    enableDigestDeduplication: true,
    ...more,
  };
  const query = "mutation C($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id state } } }";
  return client.graphql(query, { input });
}

const idOf = (created: Answered) => at(created, "data", "createArtifact", "artifact", "id");

function files(artifactID: string, specs: readonly object[]): Promise<Answered> {
  const query = `mutation F($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) { files { edges { node {
    uploadUrl uploadHeaders storagePath artifact { id } uploadMultipartUrls { uploadID uploadUrlParts { partNumber uploadUrl } }
  } } } } }`;
  return client.graphql(query, { input: { artifactFiles: specs.map((spec) => ({ artifactID, ...spec })) } });
}

const nodeOf = (answered: Answered, i: number, ...keys: readonly (string | number)[]) =>
  at(answered, "data", "createArtifactFiles", "files", "edges", i, "node", ...keys);

async function uploadManifest(artifactID: string, contents: object): Promise<Answered> {
  const bytes = Buffer.from(JSON.stringify({ version: 1, contents }));
  const query = `mutation M($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) {
    artifactManifest { file { uploadUrl } } } }`;
  const place = { entityName: server.entity, projectName: "p", runName: "r", type: "FULL" };
  const input = { artifactID, name: "wandb_manifest.json", digest: md5(bytes), ...place };
  const made = await client.graphql(query, { input });
  return client.put(at(made, "data", "createArtifactManifest", "artifactManifest", "file", "uploadUrl"), bytes);
}

const commit = (id: string) =>
  client.graphql("mutation K($id: ID!) { commitArtifact(input: { artifactID: $id }) { artifact { digest } } }", { id });

/** The whole sequence for one file. */
async function upload(text: string, path = "m.bin"): Promise<string> {
  const digest = md5(text);
  const id = idOf(await create(digestOf({ [path]: digest })));
  const asked = await files(id, [{ name: path, md5: digest }]);
  const url = nodeOf(asked, 0, "uploadUrl");
  if (url !== null) expect((await client.put(url, Buffer.from(text))).status).toBe(200);
  const birthArtifactID = nodeOf(asked, 0, "artifact", "id");
  await uploadManifest(id, { [path]: { digest, size: text.length, birthArtifactID } });
  expect((await commit(id)).status).toBe(200);
  return id;
}

describe("Artifacts", () => {
  test("have the digest that is known from the SDK", () => {
    expect(digestOf({ "m.bin": md5("hello model") })).toBe("bdff9296cbd05990a99e8e075eda7059");
  });

  test("get versions and aliases, and are there once", async () => {
    await upload("hello model");
    await upload("other model");
    const same = await create(digestOf({ "m.bin": md5("hello model") }));
    expect(at(same, "data", "createArtifact", "artifact", "state")).toBe("COMMITTED");
    expect(await artifacts()).toMatchObject([
      { version: 0, state: "COMMITTED", aliases: ["latest"] },
      { version: 1, state: "COMMITTED", aliases: [] },
    ]);
    expect((await create("0".repeat(32), { artifactTypeName: "dataset" })).status).toBe(409);
  });

  test("are made once for one client id, whose answer was lost", async () => {
    const more = { clientID: "c".repeat(128) };
    const [first, again] = [await create("0".repeat(32), more), await create("0".repeat(32), more)];
    expect(idOf(again)).toBe(idOf(first));
    expect(idOf(await create("0".repeat(32), { clientID: "d".repeat(128) }))).not.toBe(idOf(first));
  });

  test("need no upload of bytes that an earlier version has", async () => {
    const first = await upload("hello model");
    const id = idOf(await create(digestOf({ "again.bin": md5("hello model") })));
    const asked = await files(id, [{ name: "again.bin", md5: md5("hello model") }]);
    expect([nodeOf(asked, 0, "uploadUrl"), nodeOf(asked, 0, "artifact", "id")]).toEqual([null, first]);
  });

  test("are not committed with a wrong digest, size or missing bytes", async () => {
    const digest = md5("hello model");
    const id = idOf(await create(digestOf({ "m.bin": digest })));
    const refusals: string[] = [];
    const tried = async (contents: object) => {
      await uploadManifest(id, contents);
      refusals.push(at(await commit(id), "errors", 0, "message"));
    };
    refusals.push(at(await commit(id), "errors", 0, "message"));
    await tried({ "x.bin": { digest, size: 11, birthArtifactID: id } });
    await tried({ "m.bin": { digest, size: 11, birthArtifactID: id } });
    const asked = await files(id, [{ name: "m.bin", md5: digest }]);
    expect((await client.put(nodeOf(asked, 0, "uploadUrl"), Buffer.from("hello modem"))).status).toBe(403);
    await client.put(nodeOf(asked, 0, "uploadUrl"), Buffer.from("hello model"));
    await tried({ "m.bin": { digest, size: 12, birthArtifactID: id } });
    const reasons = ["its manifest was not uploaded", "was announced", "was not uploaded", "the manifest says 12"];
    expect(refusals).toEqual(reasons.map((reason) => expect.stringContaining(reason)));
    expect((await artifacts())[0]!.state).toBe("PENDING");
  });

  test("take a large file in parts", async () => {
    const parts = [Buffer.alloc(3 << 20, 1), Buffer.alloc(1 << 20, 2)];
    const whole = Buffer.concat(parts);
    const digest = md5(whole);
    const hex = parts.map((part) => createHash("md5").update(part).digest("hex"));
    const id = idOf(await create(digestOf({ "big.bin": digest })));
    const uploadPartsInput = hex.map((hexMD5, i) => ({ partNumber: i + 1, hexMD5 }));
    const asked = await files(id, [{ name: "big.bin", md5: digest, uploadPartsInput }]);
    const urls = [0, 1].map((i) => nodeOf(asked, 0, "uploadMultipartUrls", "uploadUrlParts", i, "uploadUrl"));
    const [storagePath, uploadID] = [
      nodeOf(asked, 0, "storagePath"),
      nodeOf(asked, 0, "uploadMultipartUrls", "uploadID"),
    ];
    const complete = (order: readonly number[]) => {
      const completedParts = order.map((i) => ({ partNumber: i + 1, hexMD5: hex[i] }));
      const query = `mutation P($parts: [UploadPartsInput!]!, $id: ID!, $path: String!, $upload: String!) {
        completeMultipartUploadArtifact(input: { completeMultipartAction: Complete, completedParts: $parts,
          artifactID: $id, storagePath: $path, uploadID: $upload }) { digest } }`;
      return client.graphql(query, { parts: completedParts, id, path: storagePath, upload: uploadID });
    };
    expect((await client.put(urls[1]!, parts[0]!)).status).toBe(403);
    expect((await client.put(urls[1]!, parts[1]!)).headers.get("etag")).toBe(`"${hex[1]}"`);
    expect((await complete([0, 1])).status).toBe(400);
    await client.put(urls[0]!, parts[0]!);
    expect((await complete([0])).status).toBe(400);
    const done = await complete([1, 0]);
    expect(at(done, "data", "completeMultipartUploadArtifact", "digest")).toBe(digest);
    await uploadManifest(id, { "big.bin": { digest, size: whole.length, birthArtifactID: id } });
    expect((await commit(id)).status).toBe(200);
    expect(await (await artifacts())[0]!.entries[0]!.file!.bytes()).toEqual(whole);
  });
});
