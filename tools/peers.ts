// `npm run peers -- <part> …`: installs the programs runferry is compared with; see tools/peers/README.md.
import { partNames } from "./peers/environment.ts";
import { installPeer } from "./peers/install.ts";

const parts = process.argv.slice(2);
if (parts.length === 0) {
  console.error(`runferry: usage: npm run peers -- <part> …, where a part is one of: ${partNames().join(", ")}`);
  process.exitCode = 2;
}
for (const part of parts) {
  const peer = await installPeer(part);
  if ("missing" in peer) {
    console.error(`runferry: ${peer.missing}`);
    process.exitCode = 1;
  } else {
    console.log(`${part}: ${peer.python}`);
  }
}
