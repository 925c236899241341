// Requests to the gateway's API. Changes ask for the access token when the gateway wants one.
import { askForToken, storedToken } from './token.js';

export async function get(path) {
  return answerOf(await fetch(path, { headers: { Accept: 'application/json' } }));
}

export async function change(method, path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const token = storedToken();
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (response.status !== 401) return answerOf(response);
  await askForToken(token !== null);
  return change(method, path, body);
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
