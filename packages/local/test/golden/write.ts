// `node packages/local/test/golden/write.ts`: writes test-fixtures/journals again. A difference that git shows is a change
// of the format, and breaks every journal there is.
import { rmSync } from "node:fs";
import { goldenFolder, writeGoldens } from "./golden-run.ts";

rmSync(goldenFolder, { recursive: true, force: true });
await writeGoldens(goldenFolder);
