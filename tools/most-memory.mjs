import { existsSync, readFileSync } from "node:fs";

const status = "/proc/self/status";

/**
 * The most memory that this process had, in bytes. The kernel's own figure for a process holds that of whoever started
 * it as well, so what Linux says of the program alone is preferred.
 *
 * @returns {number}
 */
export function mostMemory() {
  const told = existsSync(status) ? /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, "utf8")) : null;
  return 1024 * (told ? Number(told[1]) : process.resourceUsage().maxRSS);
}
