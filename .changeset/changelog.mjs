// A CHANGELOG.md says what changed for users: the words of each changeset. Which packages moved along is said by the
// version, as all move together.

/** @type {import("@changesets/types").ChangelogFunctions} */
const changelog = {
  getReleaseLine: async ({ summary }) => `- ${summary.trim().split("\n").join("\n  ")}`,
  getDependencyReleaseLine: async () => "",
};

export default changelog;
