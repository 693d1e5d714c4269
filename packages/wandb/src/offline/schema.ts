import protobuf from "protobufjs/light.js";
import type { LogRecord } from "./messages.ts";

type Field = readonly [name: string, id: number, type: string, rule?: "repeated"];

/** A message by its field numbers, which is all that the wire knows. */
function message(...fields: readonly Field[]): protobuf.IType {
  return {
    fields: Object.fromEntries(
      fields.map(([name, id, type, rule]) => [name, rule ? { id, type, rule } : { id, type }]),
    ),
  };
}

const item: readonly Field[] = [
  ["key", 1, "string"],
  ["nestedKey", 2, "string", "repeated"],
  ["valueJson", 16, "string"],
];
const pair = message(["key", 1, "string"], ["valueJson", 2, "string"]);
const output = message(["outputType", 1, "int32"], ["timestamp", 2, "Timestamp"], ["line", 3, "string"]);

const schema: protobuf.INamespace = {
  nested: {
    Record: message(
      ["num", 1, "int64"],
      ["history", 2, "History"],
      ["summary", 3, "Updates"],
      ["output", 4, "Output"],
      ["config", 5, "Updates"],
      ["files", 6, "Files"],
      ["stats", 7, "Stats"],
      ["artifact", 8, "Artifact"],
      ["alert", 10, "Alert"],
      ["telemetry", 11, "Telemetry"],
      ["metric", 12, "Metric"],
      ["outputRaw", 13, "Output"],
      ["run", 17, "Run"],
      ["exit", 18, "Exit"],
      ["header", 21, "Header"],
      ["useArtifact", 25, "UseArtifact"],
      ["environment", 26, "Environment"],
      ["outputLogger", 27, "OutputLogger"],
    ),
    Timestamp: message(["seconds", 1, "int64"], ["nanos", 2, "int32"]),
    Item: message(...item),
    Updates: message(["update", 1, "Item", "repeated"], ["remove", 2, "Item", "repeated"]),
    History: message(["item", 1, "HistoryItem", "repeated"], ["step", 2, "Step"]),
    HistoryItem: message(
      ...item,
      ["none", 3, "int32"],
      ["boolean", 4, "bool"],
      ["integer", 5, "sint64"],
      ["number", 6, "double"],
      ["text", 7, "string"],
      ["json", 8, "string"],
    ),
    Step: message(["num", 1, "int64"]),
    Output: output,
    OutputLogger: message(["line", 1, "string"]),
    Files: message(["files", 1, "FilesItem", "repeated"]),
    FilesItem: message(["path", 1, "string"], ["policy", 2, "int32"], ["type", 3, "int32"]),
    Stats: message(["statsType", 1, "int32"], ["timestamp", 2, "Timestamp"], ["item", 3, "Item", "repeated"]),
    Artifact: message(
      ["runId", 1, "string"],
      ["project", 2, "string"],
      ["entity", 3, "string"],
      ["type", 4, "string"],
      ["name", 5, "string"],
      ["digest", 6, "string"],
      ["description", 7, "string"],
      ["metadata", 8, "string"],
      ["userCreated", 9, "bool"],
      ["useAfterCommit", 10, "bool"],
      ["aliases", 11, "string", "repeated"],
      ["manifest", 12, "Manifest"],
      ["distributedId", 13, "string"],
      ["finalize", 14, "bool"],
      ["clientId", 15, "string"],
      ["sequenceClientId", 16, "string"],
      ["tags", 19, "string", "repeated"],
      ["digestAlgorithm", 20, "string"],
    ),
    Manifest: message(
      ["version", 1, "int32"],
      ["storagePolicy", 2, "string"],
      ["storagePolicyConfig", 3, "Pair", "repeated"],
      ["contents", 4, "ManifestEntry", "repeated"],
      ["manifestFilePath", 5, "string"],
    ),
    Pair: pair,
    ManifestEntry: message(
      ["path", 1, "string"],
      ["digest", 2, "string"],
      ["ref", 3, "string"],
      ["size", 4, "int64"],
      ["localPath", 6, "string"],
      ["extra", 16, "Pair", "repeated"],
    ),
    Alert: message(["title", 1, "string"], ["text", 2, "string"], ["level", 3, "string"], ["waitDuration", 4, "int64"]),
    Telemetry: message(["pythonVersion", 4, "string"], ["cliVersion", 5, "string"]),
    Metric: message(
      ["name", 1, "string"],
      ["globName", 2, "string"],
      ["stepMetric", 4, "string"],
      ["options", 6, "MetricOptions"],
      ["summary", 7, "MetricSummary"],
      ["goal", 8, "int32"],
    ),
    MetricOptions: message(["stepSync", 1, "bool"], ["hidden", 2, "bool"], ["defined", 3, "bool"]),
    MetricSummary: message(
      ["min", 1, "bool"],
      ["max", 2, "bool"],
      ["mean", 3, "bool"],
      ["best", 4, "bool"],
      ["last", 5, "bool"],
      ["none", 6, "bool"],
      ["copy", 7, "bool"],
      ["first", 8, "bool"],
    ),
    Run: message(
      ["runId", 1, "string"],
      ["entity", 2, "string"],
      ["project", 3, "string"],
      ["config", 4, "Updates"],
      ["summary", 5, "Updates"],
      ["runGroup", 6, "string"],
      ["jobType", 7, "string"],
      ["displayName", 8, "string"],
      ["notes", 9, "string"],
      ["tags", 10, "string", "repeated"],
      ["sweepId", 12, "string"],
      ["host", 13, "string"],
      ["startingStep", 14, "int64"],
      ["startTime", 17, "Timestamp"],
      ["resumed", 18, "bool"],
      ["runtime", 20, "int32"],
      ["git", 21, "Git"],
    ),
    Git: message(["remoteUrl", 1, "string"], ["commit", 2, "string"]),
    Exit: message(["exitCode", 1, "int32"], ["runtime", 2, "int32"]),
    Header: message(["versionInfo", 1, "VersionInfo"]),
    VersionInfo: message(["producer", 1, "string"], ["minConsumer", 2, "string"]),
    UseArtifact: message(["id", 1, "string"], ["type", 2, "string"], ["name", 3, "string"]),
    Environment: message(
      ["os", 1, "string"],
      ["python", 2, "string"],
      ["startedAt", 3, "Timestamp"],
      ["args", 5, "string", "repeated"],
      ["program", 6, "string"],
      ["codePath", 7, "string"],
      ["git", 9, "Git"],
      ["email", 10, "string"],
      ["root", 11, "string"],
      ["host", 12, "string"],
      ["username", 13, "string"],
      ["executable", 14, "string"],
      ["cpuCount", 16, "uint32"],
      ["cpuCountLogical", 17, "uint32"],
      ["gpuType", 18, "string"],
      ["gpuCount", 19, "uint32"],
      ["memory", 21, "Memory"],
      ["cudaVersion", 25, "string"],
      ["writerId", 199, "string"],
    ),
    Memory: message(["total", 1, "uint64"]),
  },
};

const record = protobuf.Root.fromJSON(schema).lookupType("Record");
const plain: protobuf.IConversionOptions = { longs: String, arrays: false, objects: false };

export function encodeRecord(value: LogRecord): Uint8Array {
  return record.encode(value as { [field: string]: unknown }).finish();
}

/** Throws for bytes that are no such message. Fields of other numbers are passed over. */
export function decodeRecord(bytes: Uint8Array): LogRecord {
  return record.toObject(record.decode(bytes), plain) as LogRecord;
}
