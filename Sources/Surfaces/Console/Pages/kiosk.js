// The wall screen: the last run, the leaderboard of the day, and the hearts, one after the other.
import { get, poll } from './api.js';
import { columnHeads, h, setText } from './dom.js';
import { clockTime, gatewayNow, rate, seconds } from './format.js';
import { onConnection, openLive } from './live.js';
import { seriesVariable } from './colours.js';
import { hitCounts, nameTargets, RunModel, shotsOf, targetNumber } from './runmodel.js';
import { texts } from './texts.js';

const words = texts.kiosk;
const turn = 12000;
const model = new RunModel();
const hearts = new Map();
document.title = texts.pages.kiosk.title;

const state = h('p', { id: 'state', class: 'state', role: 'status' }, texts.connection.connecting);
const time = h('time', { class: 'clock' });
const panels = Object.fromEntries(['run', 'leaders', 'hearts'].map((name) => [name, h('section', { class: 'kiosk-panel', id: name, hidden: name !== 'run' })]));
document.body.append(h('header', { class: 'kiosk-head' }, h('strong', {}, 'LeadVille'), state, time), h('main', { class: 'kiosk-main' }, Object.values(panels)));
onConnection((name, text) => {
  state.dataset.state = name;
  setText(state, text);
});

const figure = (value, label, size = '') => h('div', { class: `figure ${size}` }, h('strong', {}, value), h('span', { class: 'label' }, label));

function showRun() {
  const { run } = model;
  if (run === null) return panels.run.replaceChildren(h('h1', {}, words.noRun));
  const shots = shotsOf(run);
  const last = shots.at(-1);
  panels.run.replaceChildren(
    h('h1', { 'data-run': run.id }, [run.shooter ?? words.nameless, run.stage].filter(Boolean).join(' · ')),
    h('div', { class: 'figures' },
      figure(last ? seconds(last.time) : '0.00', words.time, 'huge'), figure(shots.length > 1 ? seconds(last.split) : '–', words.split, 'huge'),
      figure(String(shots.length), words.shots), figure(String([...run.hits.values()].filter((hit) => hit.shot !== null).length), words.hits)),
    h('ul', { class: 'targets' }, hitCounts(run).map(([name, count]) => h('li', {}, h('span', { class: 'swatch', style: `background: ${seriesVariable(targetNumber(name))}`, 'aria-hidden': 'true' }), h('span', { class: 'grow' }, name), h('strong', {}, String(count))))));
}

function showLeaders(runs) {
  panels.leaders.replaceChildren(h('h1', {}, words.leaders), runs.length === 0 ? h('p', { class: 'empty' }, words.noRuns) : h('table', { class: 'leaders' },
    h('thead', {}, h('tr', {}, columnHeads(words.columns, 0, 3, 4))),
    h('tbody', {}, runs.map((run, place) => h('tr', {}, h('td', { class: 'number' }, String(place + 1)),
      h('td', {}, run.shooter_name ?? run.run_id), h('td', {}, run.stage_name ?? ''), h('td', { class: 'number' }, `${run.summary.hits}/${run.summary.shots}`),
      h('td', { class: 'number' }, seconds(run.summary.total_time)))))));
}

function showHearts() {
  panels.hearts.replaceChildren(h('h1', {}, words.hearts), h('div', { class: 'figures' },
    [...hearts].map(([name, heart]) => h('div', { class: 'figure huge' }, h('strong', { class: 'live' }, rate(Date.now() - heart.time < 10000 ? heart.bpm : null)), h('span', { class: 'label' }, name)))));
}

const byResult = (one, other) => other.summary.hits - one.summary.hits || one.summary.total_time - other.summary.total_time;

// The best of the day: the most hits in the shortest time.
const loadLeaders = poll(async () => {
  const midnight = new Date();
  midnight.setHours(0, 0, 0, 0);
  const { runs } = await get(`/api/runs?limit=500&state=completed&from=${encodeURIComponent(midnight.toISOString())}`);
  const best = new Map();
  for (const run of runs.filter((each) => each.summary.shots > 0)) {
    const key = JSON.stringify([run.shooter_name ?? run.run_id, run.stage_name]);
    if (!best.has(key) || byResult(run, best.get(key)) < 0) best.set(key, run);
  }
  showLeaders([...best.values()].sort(byResult).slice(0, 8));
}, 60000);

const loadRun = poll(async () => {
  const { targets } = await get('/api/targets');
  nameTargets(targets);
  for (const target of targets) targetNumber(target.name);
  const { runs } = await get('/api/runs?limit=1');
  if (runs.length > 0) model.load(runs[0]);
  showRun();
}, 60000);

function show(name) {
  for (const [each, panel] of Object.entries(panels)) panel.hidden = each !== name;
}

setInterval(() => {
  const shown = Object.keys(panels).filter((name) => name !== 'hearts' || hearts.size > 0);
  const current = shown.findIndex((name) => !panels[name].hidden);
  // A run that is being shot stays.
  if (model.run?.state === 'started') return;
  if (shown[(current + 1) % shown.length] === 'hearts') showHearts();
  show(shown[(current + 1) % shown.length]);
}, turn);

openLive(['run_update', 'heart_rate'], (event) => {
  if (event.event_type === 'heart_rate_measured') {
    hearts.set(String(event.user), { bpm: event.data.bpm, time: Date.now() });
    if (!panels.hearts.hidden) showHearts();
  } else if (event.type === 'run_update') {
    if (!model.apply(event)) loadRun();
    if (event.event_type === 'run_started') show('run');
    if (event.event_type === 'run_completed') loadLeaders();
    showRun();
  }
}, () => { loadRun(); loadLeaders(); });

setInterval(() => { if (!document.hidden) setText(time, clockTime(new Date(gatewayNow()))); }, 1000);
