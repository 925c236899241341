// Requests to the gateway's API. They ask for the access token when the gateway wants one.
import { askForToken, storedToken } from './token.js';

export const get = async (path) => answerOf(await request(path, { Accept: 'application/json' }));

// The answer itself, for what is no JSON.
export async function request(path, headers = {}, signal = null) {
  const response = await fetch(path, { headers: withToken(headers), signal });
  if (response.status !== 401) return response;
  let isAccepted = await askForToken(storedToken() !== null);
  while (!isAccepted) isAccepted = await askForToken(true);
  // The socket of the page opens with the token, too.
  location.reload();
  return new Promise(() => {});
}

// `signal`: of an AbortController that can stop it.
export async function change(method, path, body, { signal = null, isRejected = false } = {}) {
  const headers = withToken({ 'Content-Type': 'application/json' });
  const response = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  if (response.status !== 401) return answerOf(response);
  const isAccepted = await askForToken(isRejected || storedToken() !== null);
  return change(method, path, body, { signal, isRejected: !isAccepted });
}

function withToken(headers) {
  const token = storedToken();
  return token ? { ...headers, Authorization: `Bearer ${token}` } : headers;
}

export async function answerOf(response) {
  const text = await response.text();
  const answer = text === '' ? null : JSON.parse(text);
  if (!response.ok) throw new Error(answer?.error ?? `${response.status} ${response.statusText}`);
  return answer;
}

// Calls `load` at once and then every `interval` milliseconds while the page is visible. The result repeats the call at once.
export function poll(load, interval) {
  let timer;
  let isLoading = false;
  let isWanted = false;
  const run = async () => {
    clearTimeout(timer);
    if (isLoading) {
      isWanted = true;
      return;
    }
    isLoading = true;
    isWanted = false;
    try {
      await load();
    } catch {
      // The connection state says that the gateway is unreachable; the next call repeats the request.
    }
    isLoading = false;
    if (isWanted) run();
    else if (!document.hidden) timer = setTimeout(run, interval);
  };
  document.addEventListener('visibilitychange', () => { if (!document.hidden) run(); });
  run();
  return run;
}
