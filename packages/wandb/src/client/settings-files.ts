import { join } from "node:path";
import { type Environment, homeOf, iniSection, setIn, textIfThere } from "@runferry/http";

/** What W&B's settings files say: those of the user, and over them those of the folder. */
export function readSettings(env: Environment, folder: string): ReadonlyMap<string, string> {
  const config = setIn(env, "WANDB_CONFIG_DIR") ?? join(homeOf(env), ".config", "wandb");
  const own = textIfThere(join(folder, ".wandb", "settings")) ?? textIfThere(join(folder, "wandb", "settings"));
  const texts = [textIfThere(join(config, "settings")), own];
  return new Map(texts.flatMap((text) => [...iniSection(text ?? "", "default")]));
}
