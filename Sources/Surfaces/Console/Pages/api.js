// Requests to the gateway's API. They ask for the access token when the gateway wants one.
import { askForToken, storedToken } from './token.js';

export async function get(path) {
  const response = await fetch(path, { headers: withToken({ Accept: 'application/json' }) });
  if (response.status !== 401) return answerOf(response);
  let isAccepted = await askForToken(storedToken() !== null);
  while (!isAccepted) isAccepted = await askForToken(true);
  // The socket of the page opens with the token, too.
  location.reload();
  return new Promise(() => {});
}

export async function change(method, path, body, isRejected = false) {
  const headers = withToken({ 'Content-Type': 'application/json' });
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (response.status !== 401) return answerOf(response);
  const isAccepted = await askForToken(isRejected || storedToken() !== null);
  return change(method, path, body, !isAccepted);
}

function withToken(headers) {
  const token = storedToken();
  return token ? { ...headers, Authorization: `Bearer ${token}` } : headers;
}

async function answerOf(response) {
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
