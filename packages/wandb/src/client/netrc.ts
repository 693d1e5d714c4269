/** The password that a netrc file has for a machine; that of `default` where no machine is named so. */
export function netrcPassword(text: string, machine: string): string | undefined {
  const passwords = new Map<string, string>();
  const words = wordsOf(text);
  let at: string | undefined;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i]!;
    if (word === "default") at = "";
    else if (word === "machine") at = words[++i];
    else if (word === "password") {
      const password = words[++i];
      if (at !== undefined && password !== undefined) passwords.set(at, password);
    } else if (word === "login" || word === "user" || word === "account") i += 1;
  }
  return passwords.get(machine) ?? passwords.get("");
}

/** Words may be quoted as for a shell. A macro goes on to the next empty line. */
function wordsOf(text: string): readonly string[] {
  const plain = text
    .replace(/^[ \t]*macdef\b[\s\S]*?(?:\n[ \t]*\r?\n|$(?![\s\S]))/gm, "")
    .replace(/(^|\s)#.*$/gm, "$1");
  return [...plain.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g)].map(([word]) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, (_, double, single, escaped) =>
      double === undefined ? (single ?? escaped) : double.replace(/\\(["\\$`])/g, "$1"),
    ),
  );
}
