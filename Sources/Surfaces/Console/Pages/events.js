// Every event of the live socket: filtered, paused, explained, copied.
import { get } from './api.js';
import { distinctNames } from './assignment.js';
import { copyButton } from './copybutton.js';
import { frameScheduler, h, setText } from './dom.js';
import { clockTime } from './format.js';
import { openLive } from './live.js';
import { nameTargets, targetOf } from './runmodel.js';
import { openShell } from './shell.js';
import { texts } from './texts.js';
import { explainEvent, tree } from './why.js';

const words = texts.events;
const keptEvents = 1000;
// Numbers are shared with frames of mats and rates, which are not kept.
const eventsBefore = 2000;
const shownEvents = 200;
const channels = ['status', 'timer_event', 'sensor_event', 'run_update', 'heart_rate', 'health_status', 'session_updates'];
const quietChannels = ['heart_rate', 'health_status', 'session_updates'];
const main = openShell('events');
let events = [];
let isPaused = false;
let missed = 0;

const filter = h('input', { type: 'search', id: 'filter', placeholder: words.filterExample, 'aria-label': words.filter, oninput: () => draw() });
const boxes = channels.map((name) => h('input', { type: 'checkbox', value: name, checked: !quietChannels.includes(name), onchange: () => draw() }));
const pause = h('button', { type: 'button', id: 'pause', 'aria-pressed': 'false' }, words.pause);
const count = h('p', { class: 'quiet', id: 'count', role: 'status' });
const list = h('ol', { id: 'log', class: 'events', 'aria-label': words.list });
const clear = h('button', { type: 'button', onclick: () => { events = []; draw(); } }, words.clear);
main.append(
  h('div', { class: 'headline' }, h('h1', {}, texts.pages.events.link)),
  h('p', { class: 'row' }, filter, pause, clear),
  h('fieldset', { class: 'row' }, h('legend', {}, words.channels), boxes.map((box) => h('label', { class: 'check' }, box, words.names[box.value]))),
  count, list);

pause.addEventListener('click', () => {
  isPaused = !isPaused;
  missed = 0;
  pause.setAttribute('aria-pressed', String(isPaused));
  setText(pause, isPaused ? words.resume : words.pause);
  draw();
});

// What people call devices, by their ids.
const deviceNames = new Map();
const deviceOf = (id) => deviceNames.get(id) ?? id;

const typeOf = (event) => (event.type === 'session_update' ? 'session_updates' : event.type);

const draw = frameScheduler(() => {
  if (isPaused) {
    setText(count, words.paused(missed));
    return;
  }
  const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const text = filter.value.trim().toLowerCase();
  const matching = events.filter((entry) => wanted.has(typeOf(entry.event)) && (text === '' || entry.text.toLowerCase().includes(text)));
  const shown = matching.slice(-shownEvents).reverse();
  const keep = new Set(shown.map((entry) => entry.row).filter(Boolean));
  for (const row of [...list.children]) if (!keep.has(row)) row.remove();
  shown.forEach((entry, place) => {
    entry.row ??= makeRow(entry);
    if (list.children[place] !== entry.row) list.insertBefore(entry.row, list.children[place] ?? null);
  });
  setText(count, words.count(matching.length, events.length));
});

function detailOf(event) {
  if (event.type === 'heart_rate') return words.heart(event.user, event.data.bpm);
  const { data } = event;
  if (event.event_type === 'hit') return words.hit(data.target ? targetOf(data) : deviceOf(data.sensor_id), data.shot);
  if (event.event_type === 'shot' || event.event_type === 'shot_final') return words.shot(data.shot, data.time);
  return event.message ?? data?.event_detail ?? event.run_id ?? deviceOf(event.sensor_id ?? event.device_id ?? '');
}

function makeRow({ event, text }) {
  const body = h('div', { class: 'body' });
  const details = h('details', { class: event.type }, h('summary', {},
    h('time', {}, event.timestamp ? clockTime(new Date(event.timestamp)) : ''),
    h('span', { class: 'kind' }, event.event_type ?? event.type), h('span', { class: 'grow' }, detailOf(event)),
    event.id && h('span', { class: 'quiet' }, `#${event.id}`)), body);
  details.addEventListener('toggle', () => {
    if (!details.open || body.childElementCount > 0) return;
    body.append(tree(event), h('p', { class: 'row' }, copyButton(() => text),
      event.id && h('button', { type: 'button', onclick: () => explainEvent(event.id) }, words.explain)));
  });
  return h('li', { class: event.type, 'data-event': event.event_type ?? event.type }, details);
}

function receive(event, text) {
  if (/^subscription_|^connection_|^replay_complete$/.test(event.event_type)) return;
  events.push({ event, text });
  if (events.length > keptEvents) events = events.slice(-keptEvents);
  if (isPaused) missed += 1;
  draw();
}

// What happened before the visit comes first.
async function follow() {
  const [{ targets }, { devices }, { latest_event_id: latest }] = await Promise.all([get('/api/targets'), get('/api/devices'), get('/api/live')]);
  nameTargets(targets);
  for (const [id, name] of distinctNames(devices)) deviceNames.set(id, name);
  return { since: Math.max(0, latest - eventsBefore) };
}
follow().catch(() => ({})).then((options) => openLive(channels, receive, () => {}, options));
draw();
