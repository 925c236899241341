// Every heart rate as a curve and as a number.
import { get } from './api.js';
import { drawChart, scaleOf } from './chart.js';
import { seriesColour, seriesDash, seriesVariable } from './colours.js';
import { frameScheduler, h, keyedList, setText } from './dom.js';
import { age, rate, span } from './format.js';
import { openLive } from './live.js';
import { openShell, section } from './shell.js';
import { texts } from './texts.js';

const words = texts.hearts;
const keptReadings = 1000;
const silentAfter = 10;
const users = new Map();
const main = openShell('hearts');

const samples = h('input', { id: 'samples', type: 'number', min: 10, max: keptReadings, value: 50, oninput: () => schedule() });
const withSmoothed = h('input', { type: 'checkbox', checked: true, onchange: () => schedule() });
const withRaw = h('input', { type: 'checkbox', checked: true, onchange: () => schedule() });
const big = h('button', { type: 'button', id: 'big', 'aria-pressed': 'false' }, words.big);
const canvas = h('canvas', { id: 'plot', class: 'plot tall', role: 'img' });
const cards = h('div', { class: 'cards hearts', id: 'users' });
const empty = h('p', { class: 'empty' }, words.none);
const chart = section(words.chart, {},
  h('p', { class: 'row' }, h('label', { htmlFor: 'samples' }, words.shown), samples,
    h('label', { class: 'check' }, withSmoothed, words.smoothed), h('label', { class: 'check' }, withRaw, words.raw)),
  canvas);
main.append(h('div', { class: 'headline' }, h('h1', {}, texts.pages.hearts.link), big), empty, chart, cards);

big.addEventListener('click', () => {
  const isBig = document.body.classList.toggle('big-numbers');
  big.setAttribute('aria-pressed', String(isBig));
  setText(big, isBig ? words.normal : words.big);
  schedule();
});

function userOf(name, device) {
  const key = JSON.stringify(name);
  if (!users.has(key)) users.set(key, { key, name: String(name), number: users.size, device, smoothed: [], raw: [] });
  return users.get(key);
}

const byName = (one, other) => one.localeCompare(other, undefined, { numeric: true });
const shownReadings = () => Math.min(Math.max(Number(samples.value) || 50, 10), keptReadings);

const schedule = frameScheduler(() => {
  const count = shownReadings();
  const lines = [...users.values()].flatMap(({ number, smoothed, raw }) => [
    withRaw.checked && { values: raw.slice(-count), colour: seriesColour(number), width: 1.5, dash: [2, 4], opacity: 0.75 },
    withSmoothed.checked && { values: smoothed.slice(-count), colour: seriesColour(number), width: 2.5, dash: seriesDash(number) },
  ].filter(Boolean));
  const scale = scaleOf(lines.flatMap((line) => line.values), { margin: 5, fallback: { low: 40, high: 120 } });
  drawChart(canvas, { lines, ...scale, count, unit: 'BPM' });
  Object.assign(canvas.dataset, { ...scale, points: Math.max(0, ...lines.map((line) => line.values.length)) });
  canvas.setAttribute('aria-label', words.chartLabel([...users.values()].map((user) => `${user.name} ${rate(user.bpm)}`).join(', ')));
  showCards([...users.values()].sort((one, other) => byName(one.name, other.name)));
  empty.hidden = users.size > 0;
});

const showCards = keyedList(cards, (user) => user.key, (user) => {
  const number = h('strong', { class: 'live' });
  const state = h('span', { class: 'quiet' });
  const facts = ['raw', 'mean', 'std', 'min', 'max'].map((name) => ({ name, value: h('dd', {}) }));
  const element = h('article', { class: 'card heart', 'data-user': user.name, style: `--user: ${seriesVariable(user.number)}` },
    h('h3', {}, h('span', { class: 'swatch', style: `background: ${seriesVariable(user.number)}`, 'aria-hidden': 'true' }), words.user(user.name)),
    h('p', { class: 'pulse' }, number, h('span', { class: 'unit' }, 'BPM')), state,
    h('dl', { class: 'facts' }, facts.map(({ name, value }) => h('div', {}, h('dt', {}, words.statistics[name]), value))));
  return {
    element,
    show: (shown) => {
      const silence = age(shown.time);
      const isSilent = silence > silentAfter;
      element.dataset.silent = String(isSilent);
      setText(number, isSilent ? '--' : rate(shown.bpm));
      setText(state, isSilent ? words.silent(span(silence)) : shown.bpm === null ? words.noRate : shown.device);
      for (const { name, value } of facts) {
        setText(value, name === 'raw' ? rate(isSilent ? null : shown.measured) : rate(shown.statistics?.[name]));
      }
    },
  };
});

async function load() {
  const { users: known } = await get('/api/hearts');
  known.sort((one, other) => byName(String(one.user), String(other.user)));
  for (const entry of known) {
    const user = userOf(entry.user, entry.device_id);
    Object.assign(user, {
      bpm: entry.bpm, measured: entry.bpm_raw, statistics: entry.statistics, time: entry.last_reading, id: entry.event_id,
      smoothed: [...entry.history], raw: [...entry.history_raw],
    });
  }
  schedule();
}

// Readings that come while the history is loaded follow it.
let waiting = [];

function receive(event) {
  if (event.event_type === 'events_missed') for (const user of users.values()) user.id = 0;
  // Single beats, finger contact and silence are not readings.
  if (event.event_type !== 'heart_rate_measured') return;
  if (waiting !== null) {
    waiting.push(event);
    return;
  }
  const user = userOf(event.user, event.device_id);
  if (event.id <= user.id) return;
  Object.assign(user, {
    bpm: event.data.bpm, measured: event.data.bpm_raw, time: event.timestamp, device: event.device_id, id: event.id,
    statistics: event.data.statistics ?? user.statistics,
  });
  user.smoothed.push(event.data.bpm);
  user.raw.push(event.data.bpm === null ? null : event.data.bpm_raw);
  for (const values of [user.smoothed, user.raw]) if (values.length > keptReadings) values.shift();
  schedule();
}

openLive(['heart_rate'], receive, async () => {
  waiting ??= [];
  await load().catch(() => {});
  const later = waiting;
  waiting = null;
  later.forEach(receive);
});

setInterval(schedule, 1000);
schedule();
