// Requests to the server, and the events that the server sends.

let session = null;

export class ApiError extends Error {
  constructor(status, body) {
    super(body.error || `the server answered ${status}`);
    this.status = status;
    this.hint = body.hint;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new ApiError(0, { error: "the server does not answer", hint: "dcgan serve may have ended; start it again and reload the page" });
  }
  if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => ({})));
  return response;
}

export const json = async (path, signal) => (await ask(path, { signal })).json();
export const bitmap = async (path, signal) => createImageBitmap(await (await ask(path, { signal })).blob());

// start fetches the token that requests for changes need.
export async function start() {
  session = await json("/api/session");
  return session;
}

export async function change(path, body) {
  const headers = { "Content-Type": "application/json", "X-Dcgan-Token": session.token };
  const answer = await (await ask(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
  if (answer.error) throw new ApiError(200, answer); // the server has refused the request
  return answer;
}

// settings lists the settings for the page: key, label, choices, and whether one may change live.
export const settings = () => session.settings;

// runPath returns the address of a part of a run.
export function runPath(name, rest = "", parameters = {}) {
  const q = new URLSearchParams(parameters).toString();
  return `/api/runs/${encodeURIComponent(name)}${rest && "/" + rest}${q && "?" + q}`;
}

// live calls told with the list of runs whenever it changes, and lost with whether
// the connection is lost.
export function live(told, lost) {
  const events = new EventSource("/api/events");
  events.onmessage = (e) => { lost(false); told(JSON.parse(e.data)); };
  events.onopen = () => lost(false);
  events.onerror = () => lost(true);
}
