import { expect, test } from "vitest";
import { parseJson, pythonText, spelled } from "../src/index.ts";

// The right column is what Python 3 prints for str(json.loads(text)).
test.each([
  ["1", "1"],
  ["1.0", "1.0"],
  ["1e-05", "1e-05"],
  ["0.00001", "1e-05"],
  ["0.0001", "0.0001"],
  ["1e5", "100000.0"],
  ["1e16", "1e+16"],
  ["123456789012345.6", "123456789012345.6"],
  ["1.5e300", "1.5e+300"],
  ["-2.5e-7", "-2.5e-07"],
  ["18446744073709551615", "18446744073709551615"],
  ["true", "True"],
  ["null", "None"],
  ['"text"', "text"],
  ["[64, 1.0, true, null]", "[64, 1.0, True, None]"],
  ['["a", "it\'s", "\\"", "\\n\\u200b\\u001b\\ud83d\\ude80"]', "['a', \"it's\", '\"', '\\n\\u200b\\x1b🚀']"],
  ['{"a": {"b": []}}', "{'a': {'b': []}}"],
])("%s", (json, python) => expect(pythonText(parseJson(json))).toBe(python));

test("numbers of JavaScript", () => {
  expect([0.001, 3, -0, 1e21, spelled("2.0")].map(pythonText)).toEqual(["0.001", "3", "-0.0", "1e+21", "2.0"]);
});
