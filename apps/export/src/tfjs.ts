export * from "@runferry/tfjs";
