// Who this browser is to the gateway, and the tokens that let clients in.
import { accessPointPanel } from './accesspoint.js';
import { change, get, poll } from './api.js';
import { h, keyedList, openDialog, setText } from './dom.js';
import { dateTime } from './format.js';
import { openLive } from './live.js';
import { actionButton, announce, openShell, section } from './shell.js';
import { texts } from './texts.js';
import { askForToken, signOut } from './token.js';

const words = texts.tokens;
const main = openShell('tokens');

const rights = h('p', { id: 'rights', role: 'status' });
const signIn = actionButton(words.signIn, async () => {
  if (!await askForToken(false)) throw new Error(texts.token.wrong);
  location.reload();
});
const leave = actionButton(words.signOut, async () => {
  await signOut();
  location.reload();
});
const signing = h('p', { class: 'row' }, signIn, leave);
const body = h('tbody', { id: 'tokens' });
const table = h('table', { hidden: true }, h('caption', { class: 'quiet' }, words.listed),
  h('thead', {}, h('tr', {}, words.columns.map((name) => h('th', { scope: 'col' }, name)), h('td', {}))), body);
const name = h('input', { id: 'new-token', maxLength: 64, required: true, placeholder: words.example });
const role = h('select', { id: 'new-role' }, Object.entries(words.roles).map(([value, text]) => h('option', { value, selected: value === 'operate' }, text)));
const form = h('form', { class: 'row', hidden: true }, h('label', { htmlFor: 'new-token' }, words.name), name,
  h('label', { htmlFor: 'new-role' }, words.role), role, h('button', { class: 'primary' }, words.add));
const first = h('p', { class: 'quiet', hidden: true }, words.first);
const hint = h('p', { class: 'quiet', id: 'hint', hidden: true }, words.notAdmin);
main.append(h('div', { class: 'headline' }, h('h1', {}, texts.pages.tokens.link)),
  section(words.own, {}, rights, signing),
  section(words.title, {}, hint, first, table, form));
const join = accessPointPanel();
main.append(join.element);

form.addEventListener('submit', async (submit) => {
  submit.preventDefault();
  try {
    const made = await change('POST', '/api/tokens', { name: name.value, role: role.value });
    name.value = '';
    showOnce(made);
    refresh();
  } catch (error) {
    announce(error.message);
  }
});

// The only time that anybody sees the text of the token.
function showOnce(made) {
  const text = h('input', { readOnly: true, class: 'code', value: made.token, 'aria-label': words.text, onfocus: () => text.select() });
  openDialog(words.made(made.name), h('p', {}, words.once), text);
  text.focus();
}

const showTokens = keyedList(body, (token) => token.id, (token) => {
  const used = h('td', {});
  const revoke = actionButton(words.revoke, async () => {
    if (!confirm(words.revokeWarning(token.name))) return;
    await change('DELETE', `/api/tokens/${encodeURIComponent(token.id)}`);
    refresh();
  }, { class: 'plain', 'aria-label': words.revokeNamed(token.name) });
  const element = h('tr', { 'data-token': token.name }, h('th', { scope: 'row' }, token.name), h('td', {}, words.roles[token.role]),
    h('td', {}, dateTime(token.created)), used, h('td', {}, revoke));
  return { element, show: (shown) => setText(used, shown.last_used ? dateTime(shown.last_used) : words.never) };
});

const refresh = poll(async () => {
  const own = await get('/api/login');
  const isAdmin = own.may.includes('admin');
  setText(rights, own.role ? words.signedIn(own.name, words.roles[own.role]) : words.anonymous(own.tokens, own.may.map((may) => words.roles[may])));
  leave.hidden = own.role === null;
  signIn.hidden = own.role !== null || !own.tokens;
  signing.hidden = signIn.hidden && leave.hidden;
  if (own.may.includes('operate')) join.show(await get('/api/access-point'));
  if (!isAdmin) table.hidden = true;
  [form.hidden, hint.hidden] = [!isAdmin, isAdmin];
  if (!isAdmin) return;
  const { tokens } = await get('/api/tokens');
  table.hidden = tokens.length === 0;
  first.hidden = own.tokens;
  showTokens(tokens);
}, 5000);
openLive(['status']);
