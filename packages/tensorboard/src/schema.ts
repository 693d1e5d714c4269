import protobuf from "protobufjs/light.js";
import type { EventMessage, HParamsData } from "./messages.ts";

type Field = readonly [name: string, id: number, type: string, rule?: "repeated" | "oneof"];

/** A message by its field numbers, which is all that the wire knows. */
export function message(...fields: readonly Field[]): protobuf.IType {
  const oneof = fields.filter(([, , , rule]) => rule === "oneof").map(([name]) => name);
  return {
    fields: Object.fromEntries(
      fields.map(([name, id, type, rule]) => [name, rule === "repeated" ? { id, type, rule } : { id, type }]),
    ),
    // A member of a oneof is written even where it has its default: a scalar of 0 is a value.
    ...(oneof.length > 0 ? { oneofs: { what: { oneof } } } : {}),
  };
}

const schema: protobuf.INamespace = {
  nested: {
    Event: message(
      ["wallTime", 1, "double"],
      ["step", 2, "int64"],
      ["fileVersion", 3, "string", "oneof"],
      ["graphDef", 4, "bytes", "oneof"],
      ["summary", 5, "Summary", "oneof"],
      ["sessionLog", 7, "SessionLog", "oneof"],
      ["taggedRunMetadata", 8, "TaggedRunMetadata", "oneof"],
      ["sourceMetadata", 10, "SourceMetadata"],
    ),
    SourceMetadata: message(["writer", 1, "string"]),
    SessionLog: message(["status", 1, "int32"], ["checkpointPath", 2, "string"], ["msg", 3, "string"]),
    TaggedRunMetadata: message(["tag", 1, "string"], ["runMetadata", 2, "bytes"]),
    Summary: message(["value", 1, "Value", "repeated"]),
    Value: message(
      ["tag", 1, "string"],
      ["simpleValue", 2, "float", "oneof"],
      ["image", 4, "Image", "oneof"],
      ["histo", 5, "Histogram", "oneof"],
      ["audio", 6, "Audio", "oneof"],
      ["nodeName", 7, "string"],
      ["tensor", 8, "Tensor", "oneof"],
      ["metadata", 9, "Metadata"],
    ),
    Metadata: message(
      ["pluginData", 1, "PluginData"],
      ["displayName", 2, "string"],
      ["summaryDescription", 3, "string"],
      ["dataClass", 4, "int32"],
    ),
    PluginData: message(["pluginName", 1, "string"], ["content", 2, "bytes"]),
    Image: message(
      ["height", 1, "int32"],
      ["width", 2, "int32"],
      ["colorspace", 3, "int32"],
      ["encodedImageString", 4, "bytes"],
    ),
    Audio: message(
      ["sampleRate", 1, "float"],
      ["numChannels", 2, "int64"],
      ["lengthFrames", 3, "int64"],
      ["encodedAudioString", 4, "bytes"],
      ["contentType", 5, "string"],
    ),
    Histogram: message(
      ["min", 1, "double"],
      ["max", 2, "double"],
      ["num", 3, "double"],
      ["sum", 4, "double"],
      ["sumSquares", 5, "double"],
      ["bucketLimit", 6, "double", "repeated"],
      ["bucket", 7, "double", "repeated"],
    ),
    Tensor: message(
      ["dtype", 1, "int32"],
      ["tensorShape", 2, "Shape"],
      ["tensorContent", 4, "bytes"],
      ["floatVal", 5, "float", "repeated"],
      ["doubleVal", 6, "double", "repeated"],
      ["intVal", 7, "int32", "repeated"],
      ["stringVal", 8, "bytes", "repeated"],
      ["int64Val", 10, "int64", "repeated"],
      ["boolVal", 11, "bool", "repeated"],
      ["halfVal", 13, "int32", "repeated"],
      ["uint32Val", 16, "uint32", "repeated"],
      ["uint64Val", 17, "uint64", "repeated"],
    ),
    Shape: message(["dim", 2, "Dim", "repeated"]),
    Dim: message(["size", 1, "int64"], ["name", 2, "string"]),
    HParamsData: message(
      ["version", 1, "int32"],
      ["sessionStartInfo", 3, "SessionStart", "oneof"],
      ["sessionEndInfo", 4, "SessionEnd", "oneof"],
    ),
    SessionStart: {
      fields: {
        hparams: { keyType: "string", type: "HParamValue", id: 1 } as protobuf.IMapField,
        modelUri: { type: "string", id: 2 },
        monitorUrl: { type: "string", id: 3 },
        groupName: { type: "string", id: 4 },
        startTimeSecs: { type: "double", id: 5 },
      },
    },
    SessionEnd: message(["status", 1, "int32"], ["endTimeSecs", 2, "double"]),
    HParamValue: message(
      ["nullValue", 1, "int32", "oneof"],
      ["numberValue", 2, "double", "oneof"],
      ["stringValue", 3, "string", "oneof"],
      ["boolValue", 4, "bool", "oneof"],
    ),
  },
};

const root = protobuf.Root.fromJSON(schema);

/** Turns one message into bytes and back. */
export interface MessageCodec<T> {
  encode(message: T): Uint8Array;
  /** Throws for bytes that are no such message. */
  decode(bytes: Uint8Array): T;
}

/** The codec of one of the messages of a schema. */
export function codecIn<T extends object>(messages: protobuf.Root, name: string): MessageCodec<T> {
  const type = messages.lookupType(name);
  const plain: protobuf.IConversionOptions = { longs: Number, arrays: false, objects: false, oneofs: false };
  return {
    encode: (value) => type.encode(value as { [field: string]: unknown }).finish(),
    decode: (bytes) => type.toObject(type.decode(bytes), plain) as T,
  };
}

export const eventCodec: MessageCodec<EventMessage> = codecIn(root, "Event");
export const hparamsCodec: MessageCodec<HParamsData> = codecIn(root, "HParamsData");
