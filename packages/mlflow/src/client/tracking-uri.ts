import { RunferryError } from "@runferry/core";

const serveIt = "start a server over it, `mlflow server --backend-store-uri …`, and give the server's address";

/** What a tracking URI may be instead of a server's address; the first that fits. */
const others: readonly { readonly form: RegExp; readonly problem: string; readonly hint: string }[] = [
  {
    form: /^databricks(-uc)?(:|$)/,
    problem: "databricks as a tracking URI is not supported",
    hint: "give the https:// address and a token of the workspace",
  },
  {
    form: /^(sqlite|postgresql|mysql|mssql)(\+\w+)?:/,
    problem: "the tracking URI is a database, which only an MLflow server may write",
    hint: serveIt,
  },
  {
    form: /^(localhost|[\w-]+(\.[\w-]+)*):\d+(\/|$)/,
    problem: "the tracking URI does not begin with http:// or https://",
    hint: 'write it as "http://host:port"',
  },
  {
    form: /^(?!file:)[a-z][\w+.-]*:\/\//i,
    problem: "the tracking URI is not the address of an MLflow server",
    hint: 'write it as "http://host:port"',
  },
  { form: /^/, problem: "the tracking URI is a folder, not the address of a server", hint: serveIt },
];

/** Throws `bad_option`, with the remedy, for what is no address of a server. What it holds is not repeated. */
export function trackingUrl(uri: string | undefined): URL {
  if (uri === undefined || uri === "") {
    const hint = 'write "mlflow:http://localhost:5000", give `uri`, or set MLFLOW_TRACKING_URI';
    throw badUri("no MLflow server is named", hint);
  }
  const other = /^https?:\/\//i.test(uri) ? undefined : others.find(({ form }) => form.test(uri));
  if (other) throw badUri(other.problem, other.hint);
  const url = URL.parse(uri);
  if (url) return url;
  throw badUri("the tracking URI is no URL", 'write it as "http://host:port"');
}

/** The one way to write a server's address: without credentials and without a slash at its end. */
export function trackingUri(uri: string | undefined): string {
  const { origin, pathname } = trackingUrl(uri);
  return `${origin}${pathname}`.replace(/\/+$/, "");
}

/** The experiment whose page the address is: `http://host:5000/#/experiments/12`. */
export function experimentOf(uri: string | undefined): string | undefined {
  return /^#\/experiments\/(\w+)(?:[/?]|$)/.exec(trackingUrl(uri).hash)?.[1];
}

/** The one way to write a place: the address of a server, or of one experiment there. */
export function trackingPlace(uri: string | undefined, experiment: string | undefined = experimentOf(uri)): string {
  return experiment === undefined ? trackingUri(uri) : `${trackingUri(uri)}/#/experiments/${experiment}`;
}

function badUri(message: string, hint: string): RunferryError {
  return new RunferryError("bad_option", message, { hint, data: "nothing was written" });
}
