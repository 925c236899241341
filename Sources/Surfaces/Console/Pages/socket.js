// The page at /ws/test: the live socket, by hand.
import { h, setText } from './dom.js';
import { openSocket } from './live.js';
import { openShell } from './shell.js';
import { texts } from './texts.js';

const words = texts.socket;
const shownLines = 500;
const channels = ['status', 'sensor_event', 'timer_event', 'run_update', 'heart_rate', 'pressure', 'health_status', 'session_updates'];
const unchecked = ['pressure', 'health_status', 'session_updates'];
const main = openShell('socket');
let received = 0;

const boxes = channels.map((name) => h('input', { type: 'checkbox', value: name, checked: !unchecked.includes(name) }));
const message = h('input', { id: 'message', class: 'code', 'aria-label': words.message, value: '{"type": "ping"}', autocomplete: 'off', spellcheck: false });
const count = h('p', { class: 'quiet', id: 'count' }, words.received(0));
const list = h('ol', { id: 'log', class: 'log', tabIndex: 0, 'aria-label': words.log });
const button = (label, action, id) => h('button', { type: 'button', id, onclick: action }, label);
const form = h('form', { class: 'row' }, message, h('button', {}, words.send));
const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);

main.append(
  h('div', { class: 'headline' }, h('h1', {}, texts.pages.socket.title)),
  h('p', { class: 'row' },
    button(words.connect, () => { if (!live.isOpen) live.connect(); }, 'connect'), button(words.disconnect, () => live.disconnect(), 'disconnect'),
    button(words.ping, () => send({ type: 'ping' })), button(words.status, () => send({ type: 'get_status' })),
    button(words.clear, () => list.replaceChildren())),
  h('fieldset', { class: 'row', id: 'channels' }, h('legend', {}, words.channels), boxes.map((box) => h('label', { class: 'check' }, box, box.value)),
    button(words.subscribe, () => {
      log('sent', `subscribe ${chosen().join(', ')}`);
      live.subscribe(chosen());
    }),
    button(words.unsubscribe, () => {
      log('sent', `unsubscribe ${chosen().join(', ')}`);
      live.unsubscribe(chosen());
    })),
  form, count, list);

form.addEventListener('submit', (submit) => {
  submit.preventDefault();
  send(message.value);
});

function log(kind, text) {
  list.prepend(h('li', { class: kind }, `${new Date().toISOString()}  ${text}`));
  while (list.childElementCount > shownLines) list.lastElementChild.remove();
}

function send(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (live.send(text)) log('sent', text);
  else log('trouble', words.notSent(text));
}

const live = openSocket('/ws/live', {
  onevent: (event, text) => {
    received += 1;
    setText(count, words.received(received));
    log(event.type === 'status' ? 'status' : 'event', text);
  },
});
live.onclosed = (close) => log('trouble', words.closed(close.code, close.reason));
