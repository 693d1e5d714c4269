import { destinationName, toldAddress } from "@runferry/core";
import { chosenPlaces, closePlaces, placeOptions } from "../chosen-places.ts";
import { chosenRuns } from "../chosen-runs.ts";
import type { Command } from "../command.ts";
import { counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { listJson } from "../output/run-json.ts";
import { fullName } from "../run-label.ts";
import { tellingOf, tellingOptions } from "../telling-options.ts";

export const forget: Command = {
  name: "forget",
  summary: "forget how far a place got, so that the next export begins anew",
  usage: "runferry forget <experiment or handle…> --to <place>",
  examples: [
    ["runferry forget run_014 --to mlflow", "for a run that was deleted there for good, or partly refused"],
    ["runferry forget ctr_model --to tensorboard:./tb", "for a folder that was removed"],
  ],
  options: { ...placeOptions, into: tellingOptions.into! },
  words: { least: 1, most: Number.POSITIVE_INFINITY },
  async run(context) {
    const { store, ...reader } = context.reader();
    const runs = chosenRuns(context, { store, ...reader });
    const telling = tellingOf(context);
    const destinations = await chosenPlaces(context, store.folder);
    await closePlaces(destinations);
    const forgotten: { readonly run: string; readonly name: string; readonly destination: string }[] = [];
    for (const { name: destination, backend } of destinations) {
      const known = await destinationName(backend.kind, toldAddress(backend.address, telling));
      for (const run of runs) {
        if (!store.deliveries.forget(run.id, known)) continue;
        forgotten.push({ run: run.id, name: fullName(run), destination });
      }
    }
    if (context.isJson) context.print(listJson(forgotten));
    else for (const { name, destination } of forgotten) context.print(plainText(`${name}  ${destination}`));
    context.note(
      forgotten.length === 0
        ? "nothing was known of these runs there"
        : `${counted(forgotten.length, "delivery", "deliveries")} forgotten; what is there stays there, and export finds it`,
    );
    return 0;
  },
};
