export * from "@runferry/tracker";
