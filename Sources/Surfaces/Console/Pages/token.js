// The access token: kept as long as the tab, or in this browser if somebody says so.
import { h, openDialog } from './dom.js';
import { texts } from './texts.js';

const key = 'token';
let question = null;

export const storedToken = () => sessionStorage.getItem(key) ?? localStorage.getItem(key);

// Resolves when a token was entered, with whether the gateway accepts it; rejects when the dialogue was closed without one.
export function askForToken(isRejected) {
  question ??= ask(isRejected).finally(() => { question = null; });
  return question;
}

function ask(isRejected) {
  const { title, reason, wrong, field, keep, confirm, missing } = texts.token;
  return new Promise((resolve, reject) => {
    const input = h('input', { type: 'password', id: 'token', autocomplete: 'current-password', required: true });
    const longer = h('input', { type: 'checkbox' });
    const form = h('form', { method: 'dialog' },
      h('p', { role: isRejected ? 'alert' : null }, isRejected ? wrong : reason),
      h('label', { htmlFor: 'token' }, field), input,
      h('label', { class: 'check' }, longer, keep),
      h('p', { class: 'row end' }, h('button', { class: 'primary' }, confirm)));
    form.addEventListener('submit', () => {
      // Settled by the answer, before the dialogue closes.
      resolve(signIn(input.value, longer.checked));
    });
    openDialog(title, form).addEventListener('close', () => reject(new Error(missing)));
    input.focus();
  });
}

// Keeps the token for requests of this page, and in a cookie for its sockets, which can send no headers.
async function signIn(token, isKept) {
  const response = await fetch('/api/login', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token, keep: isKept }),
  });
  forget();
  if (response.ok) (isKept ? localStorage : sessionStorage).setItem(key, token);
  return response.ok;
}

export async function signOut() {
  forget();
  await fetch('/api/logout', { method: 'POST' });
}

function forget() {
  sessionStorage.removeItem(key);
  localStorage.removeItem(key);
}
