import protobuf from "protobufjs/light.js";
import type { HParamValue } from "../messages.ts";
import { codecIn, type MessageCodec, message } from "../schema.ts";

// What some plugins keep in their metadata or as their value, as far as a writer needs it.

export interface PrCurveData {
  readonly numThresholds: number;
}

export interface Layout {
  readonly category: readonly {
    readonly title: string;
    readonly chart: readonly Chart[];
  }[];
}

export interface Chart {
  readonly title: string;
  readonly multiline?: { readonly tag: readonly string[] };
  readonly margin?: {
    readonly series: readonly { readonly value: string; readonly lower: string; readonly upper: string }[];
  };
}

/** The columns of the HPARAMS tab. */
export interface ExperimentData {
  readonly experiment: {
    readonly hparamInfos: readonly {
      readonly name: string;
      /** 1 STRING, 2 BOOL, 3 FLOAT64 */
      readonly type: number;
      readonly domainDiscrete?: { readonly values: readonly HParamValue[] };
    }[];
    readonly metricInfos: readonly { readonly name: { readonly tag: string } }[];
  };
}

const root = protobuf.Root.fromJSON({
  nested: {
    PrCurveData: message(["version", 1, "int32"], ["numThresholds", 2, "uint32"]),
    Layout: message(["version", 1, "int32"], ["category", 2, "Category", "repeated"]),
    Category: message(["title", 1, "string"], ["chart", 2, "Chart", "repeated"], ["closed", 3, "bool"]),
    Chart: message(["title", 1, "string"], ["multiline", 2, "Multiline", "oneof"], ["margin", 3, "Margin", "oneof"]),
    Multiline: message(["tag", 1, "string", "repeated"]),
    Margin: message(["series", 1, "Series", "repeated"]),
    Series: message(["value", 1, "string"], ["lower", 2, "string"], ["upper", 3, "string"]),
    ExperimentData: message(["version", 1, "int32"], ["experiment", 2, "Experiment", "oneof"]),
    Experiment: message(["hparamInfos", 4, "HParamInfo", "repeated"], ["metricInfos", 5, "MetricInfo", "repeated"]),
    HParamInfo: message(["name", 1, "string"], ["type", 4, "int32"], ["domainDiscrete", 5, "Values", "oneof"]),
    Values: message(["values", 1, "HParamValue", "repeated"]),
    HParamValue: message(
      ["numberValue", 2, "double", "oneof"],
      ["stringValue", 3, "string", "oneof"],
      ["boolValue", 4, "bool", "oneof"],
    ),
    MetricInfo: message(["name", 1, "MetricName"]),
    MetricName: message(["group", 1, "string"], ["tag", 2, "string"]),
  },
});

export const prCurveCodec: MessageCodec<PrCurveData> = codecIn(root, "PrCurveData");
export const layoutCodec: MessageCodec<Layout> = codecIn(root, "Layout");
export const experimentCodec: MessageCodec<ExperimentData> = codecIn(root, "ExperimentData");
