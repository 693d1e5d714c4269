import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { runProgram } from "../run-program.ts";
import {
  fingerprint,
  installedPython,
  isInstalled,
  type Peer,
  type PeerEnvironment,
  partNames,
  peerEnvironment,
} from "./environment.ts";
import { withFolderLock } from "./folder-lock.ts";

type Python = { readonly program: string; readonly version: string };

const ask = "import sys; print('%d.%d' % sys.version_info[:2])";
// pip says no more than "no matching distribution" when its index does not answer and it may not try again.
const offline =
  /NewConnectionError|NameResolutionError|Max retries exceeded|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Could not fetch URL|No matching distribution/;

/** Installs a part of tools/peers unless it is in place already. Never rejects for want of Python or PyPI. */
export async function installPeer(part: string): Promise<Peer> {
  const environment = peerEnvironment(part);
  if (environment === undefined) {
    return { missing: `there is no part ${part} in tools/peers; the parts are: ${partNames().join(", ")}` };
  }
  const python = await findPython();
  if (python === undefined) {
    return failed(
      environment,
      `the peer ${part} needs Python 3.10 or later, which was not found. Install it, or set RUNFERRY_PYTHON to its path.`,
    );
  }
  const isCurrent = () => isInstalled(environment) && installedPython(environment) === python.version;
  if (isCurrent()) return { python: environment.python };
  mkdirSync(dirname(environment.lock), { recursive: true });
  return withFolderLock(environment.lock, async () => {
    // Another process may have installed it while we waited.
    return isCurrent() ? { python: environment.python } : install(environment, python);
  });
}

async function findPython(): Promise<Python | undefined> {
  const chosen = process.env.RUNFERRY_PYTHON;
  for (const program of chosen === undefined ? ["python3", "python"] : [chosen]) {
    const { ok, output } = await runProgram(program, ["-c", ask], { quiet: true });
    const [major = 0, minor = 0] = output.trim().split(".").map(Number);
    if (ok && (major > 3 || (major === 3 && minor >= 10))) return { program, version: `${major}.${minor}` };
  }
  return undefined;
}

async function install(environment: PeerEnvironment, python: Python): Promise<Peer> {
  const { part, directory, requirements } = environment;
  console.error(`runferry: installing the peer ${part} with Python ${python.version} into .peers/${part}`);
  rmSync(directory, { recursive: true, force: true });
  const created = await runProgram(python.program, ["-m", "venv", directory], { quiet: true });
  if (!created.ok) {
    return failed(
      environment,
      `Python ${python.version} could not create a virtual environment in .peers/${part}. ` +
        `Is its venv module installed (on Debian: python3-venv)?\n${created.output}`,
    );
  }
  const words = ["-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "--no-deps"];
  const installed = await runProgram(
    environment.python,
    [...words, "--only-binary", ":all:", "--requirement", requirements],
    { quiet: true },
  );
  if (!installed.ok) {
    const reason = offline.test(installed.output)
      ? `PyPI cannot be reached or lacks a package, so the peer ${part} is not installed. ` +
        `Check the network and pip's index, then run: npm run peers -- ${part}`
      : `pip could not install tools/peers/${part}.txt with Python ${python.version}:\n${installed.output.slice(-2000)}`;
    return failed(environment, reason);
  }
  rmSync(environment.failure, { force: true });
  writeFileSync(environment.stamp, `${fingerprint(environment)}\n${python.version}\n`);
  return { python: environment.python };
}

function failed(environment: PeerEnvironment, missing: string): Peer {
  mkdirSync(dirname(environment.failure), { recursive: true });
  writeFileSync(environment.failure, missing.trim());
  return { missing: missing.trim() };
}
