// The page at /ws/test: the live socket, by hand.
'use strict';

const element = (id) => document.getElementById(id);
const shownLines = 500;
let received = 0;

const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const live = new ReconnectingWebSocket(`${scheme}://${location.host}/ws/live`);

function log(kind, text) {
  const line = document.createElement('li');
  line.className = kind;
  line.textContent = `${new Date().toISOString()}  ${text}`;
  element('log').prepend(line);
  while (element('log').childElementCount > shownLines) element('log').lastElementChild.remove();
}

function send(message) {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  if (live.send(text)) log('sent', text);
  else log('trouble', `not connected, not sent: ${text}`);
}

function chosenChannels() {
  return [...document.querySelectorAll('#channels input:checked')].map((box) => box.value);
}

live.onstate = (state, delay, close) => {
  element('state').dataset.state = state;
  element('state').textContent = state === 'waiting' ? `reconnecting in ${(delay / 1000).toFixed(1)} s` : state;
  if (close) log('trouble', `closed: ${close.code} ${close.reason}`);
};

live.onevent = (event, text) => {
  received += 1;
  element('count').textContent = received;
  log(event.type === 'status' ? 'status' : 'event', text);
};

element('connect').onclick = () => { if (!live.isOpen) live.connect(); };
element('disconnect').onclick = () => live.disconnect();
element('ping').onclick = () => send({ type: 'ping' });
element('status').onclick = () => send({ type: 'get_status' });
element('clear').onclick = () => element('log').replaceChildren();
element('subscribe').onclick = () => {
  log('sent', `subscribe ${chosenChannels().join(', ')}`);
  live.subscribe(chosenChannels());
};
element('unsubscribe').onclick = () => {
  log('sent', `unsubscribe ${chosenChannels().join(', ')}`);
  live.unsubscribe(chosenChannels());
};
element('sender').onsubmit = (submit) => {
  submit.preventDefault();
  send(element('message').value);
};
