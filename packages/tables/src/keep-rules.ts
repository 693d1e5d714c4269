import { type KeepRules, keepView, type Media, type RunView } from "@runferry/core";

/** What becomes of each thing. The source reads by the same rules, so that the two cannot disagree. */
export const keepRules: KeepRules = {
  artifact: () => ({ leftOut: "artifacts, which are only listed" }),
  replaced: () => ({ leftOut: "replaced versions of artifacts, which are only listed" }),
  media: (event) => {
    const media = withoutFile(event.media);
    if (media === event.media) return { kept: event };
    if (media === undefined) return { leftOut: `${event.media.type} files, which are only listed` };
    return { kept: { ...event, media }, converted: "figures to their spec" };
  },
};

/** Media as far as a table holds them: nothing where all is in the file. */
function withoutFile(media: Media): Media | undefined {
  if (!("file" in media) || media.file === undefined) return media;
  if (media.type !== "figure" || media.spec === undefined) return undefined;
  const { file: _file, ...kept } = media;
  return kept;
}

/** What of a folded run tables can hold, in the form they hold it. */
export function keeps(view: RunView): RunView {
  return keepView(view, keepRules);
}
