// The heartbeat monitor: the heart behind the heartbeat API, simulated or measured.
import { change, get, poll } from './api.js';
import { drawChart, scaleOf } from './chart.js';
import { seriesColour } from './colours.js';
import { frameScheduler, h, setText } from './dom.js';
import { openSocket } from './live.js';
import { actionButton, announce, openShell, section } from './shell.js';
import { texts } from './texts.js';

const words = texts.heartbeat;
// Two minutes.
const keptRecords = 240;
const interval = 500;
let records = [];
// Records that come while the history is loaded follow it; null when it is there.
let waiting = [];
const main = openShell('heartbeat');
const person = new URLSearchParams(location.search).get('person');
const query = (parameters = {}) => `?${new URLSearchParams({ ...parameters, ...(person ? { person } : {}) })}`;

const pulse = h('strong', { id: 'bpm', class: 'live' }, '--');
const state = h('p', { class: 'badge', id: 'simulation-state' }, '');
const pressure = h('strong', { class: 'live' }, '–');
const variability = h('strong', { class: 'live' }, '–');
const stress = h('meter', { min: 0, max: 1, low: 0.3, high: 0.7, optimum: 0, value: 0, 'aria-label': words.stress });
const stressText = h('strong', { class: 'live' }, '–');
const canvas = h('canvas', { class: 'plot tall', id: 'plot', role: 'img', 'aria-label': words.chartLabel });
const none = h('p', { class: 'quiet' }, words.none);
const baseline = h('input', { id: 'baseline', type: 'range', min: 40, max: 120, value: 72 });
const baselineText = h('output', { htmlFor: 'baseline' }, '72');
baseline.addEventListener('input', () => setText(baselineText, baseline.value));

const post = (path, parameters) => change('POST', `${path}${query(parameters)}`);
const button = (label, path, parameters, properties) => actionButton(label, async () => {
  await post(path, parameters?.());
  announce(words.done, 'done');
  showState();
}, properties);

main.append(
  h('div', { class: 'headline' }, h('h1', {}, texts.pages.heartbeat.link), state, person && h('p', { class: 'quiet' }, person)),
  h('div', { class: 'columns' },
    h('div', {},
      h('div', { class: 'figures' },
        h('div', { class: 'figure huge heart-figure' }, pulse, h('span', { class: 'label' }, 'BPM')),
        h('div', { class: 'figure' }, pressure, h('span', { class: 'label' }, words.pressure)),
        h('div', { class: 'figure' }, variability, h('span', { class: 'label' }, words.variability)),
        h('div', { class: 'figure' }, stressText, stress, h('span', { class: 'label' }, words.stress))),
      section(words.chart, {}, canvas, none)),
    h('div', {},
      section(words.control, {},
        h('p', { class: 'row' },
          button(words.start, '/simulation/start', null, { class: 'primary' }), button(words.stop, '/simulation/stop'),
          button(words.stressTest, '/simulation/stress-test'), button(words.trigger, '/simulation/trigger-stress', () => ({ stress_level: 0.8 })))),
      section(words.resting, {},
        h('p', { class: 'row' }, h('label', { htmlFor: 'baseline' }, words.baseline), baseline, baselineText,
          button(words.set, '/simulation/set-baseline', () => ({ baseline_bpm: baseline.value })))),
      section(words.api, {}, h('p', {}, words.apiText), h('p', {}, h('code', {}, `curl ${location.origin}/heartbeat/current`))))));

const draw = frameScheduler(() => {
  const values = ratesOf(records);
  const scale = scaleOf(values, { margin: 5, fallback: { low: 50, high: 110 } });
  drawChart(canvas, { lines: [{ values, colour: seriesColour(1), width: 2.5 }], ...scale, count: keptRecords, unit: 'BPM' });
  canvas.dataset.points = values.length;
  none.hidden = values.length > 0;
  const last = records.at(-1);
  if (!last) return;
  setText(pulse, last.bpm === null ? '--' : String(Math.round(last.bpm)));
  setText(pressure, last.systolic === null ? '–' : `${last.systolic}/${last.diastolic}`);
  setText(variability, last.variability === null ? '–' : last.variability.toFixed(2));
  setText(stressText, last.stress_level.toFixed(2));
  stress.value = last.stress_level;
});

async function showState() {
  const shown = await get(`/heartbeat/baseline${query()}`);
  setText(state, words.states[shown.state] ?? shown.state);
  state.dataset.active = String(shown.state === 'running');
  if (document.activeElement !== baseline) {
    baseline.value = shown.baseline_bpm;
    setText(baselineText, String(shown.baseline_bpm));
  }
}

// The rates half a second apart; null where there were no records. One that is late leaves no gap.
function ratesOf(known) {
  const values = [];
  known.forEach((record, index) => {
    const missing = index === 0 ? 0 : Math.round((Date.parse(record.timestamp) - Date.parse(known[index - 1].timestamp)) / interval) - 1;
    for (let gap = missing > 1 ? Math.min(missing, keptRecords) : 0; gap > 0; gap -= 1) values.push(null);
    values.push(record.bpm);
  });
  return values.slice(-keptRecords);
}

function receive(record) {
  if (record.bpm === undefined) return;
  if (waiting !== null) {
    waiting.push(record);
    return;
  }
  if (records.length > 0 && record.timestamp <= records.at(-1).timestamp) return;
  records.push(record);
  if (records.length > keptRecords) records.shift();
  draw();
}

openSocket(`/ws/heartbeat${query()}`, {
  onready: async () => {
    showState().catch(() => {});
    waiting ??= [];
    await get(`/heartbeat/history${query()}`).then((answer) => { ({ records } = answer); }, () => {});
    const later = waiting;
    waiting = null;
    later.forEach(receive);
    draw();
  },
  onevent: receive,
});
poll(showState, 5000);
draw();
