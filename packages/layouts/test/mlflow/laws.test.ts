import type { RunView } from "@runferry/core";
import { describeSource } from "@runferry/testkit";
import { digestOf } from "../stores.ts";
import { copyStore, expectedRuns, layoutOf, type StoreKind, viewOf } from "./stores.ts";

for (const kind of ["mlruns", "mlflow-db"] satisfies StoreKind[]) {
  for (const deleted of [false, true]) {
    describeSource({
      name: deleted ? `${kind}, with what is deleted` : kind,
      async create() {
        const { folder, remove } = copyStore(kind);
        const all = expectedRuns(kind);
        const expected = new Map<string, RunView>();
        for (const run of all.filter((run) => deleted || !run.deleted)) {
          const view = await viewOf(run, all);
          expected.set(view.started?.id ?? "", view);
        }
        return {
          open: () => layoutOf[kind].source(folder, { deleted }),
          expected,
          digest: async () => digestOf(folder),
          remove: async () => remove(),
        };
      },
    });
  }
}
