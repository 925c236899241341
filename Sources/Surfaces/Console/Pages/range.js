// The range: the string as it is shot, and the runs before it.
import { get, poll } from './api.js';
import { seriesVariable } from './colours.js';
import { columnHeads, frameScheduler, h, setText, svg } from './dom.js';
import { seconds } from './format.js';
import { openLive } from './live.js';
import { editNames, timerControls, upcomingForm } from './rangecontrol.js';
import { sensorPanels } from './rangesensors.js';
import { runHistory } from './runhistory.js';
import { hitCounts, hitsOf, isActive, nameTargets, RunModel, shotsOf, targetNumber, targetOf } from './runmodel.js';
import { openShell, section } from './shell.js';
import { TargetMap } from './targetmap.js';
import { texts } from './texts.js';
import { drawTimeline } from './timeline.js';
import { explainHit } from './why.js';

const words = texts.range;
const main = openShell('range');
const model = new RunModel();
let targets = [];
let places = [];
let parTimes = [];

const title = h('h1', { id: 'title' }, words.noRun);
const stateBadge = h('p', { class: 'badge', id: 'run-state' }, '');
const names = h('p', { class: 'quiet', id: 'names' });
const numbers = Object.fromEntries(['last', 'split', 'shots', 'hits', 'first', 'best'].map((name) => [name, h('strong', {}, '–')]));
const timeline = svg('svg', { class: 'timeline', role: 'img', width: '100%' });
const shotRows = h('tbody', { id: 'shots' });
const map = new TargetMap(() => loadTargets());
const mapPanel = section(words.map, { hidden: true }, map.element, h('p', { class: 'legend quiet' }, words.mapLegend));
const targetRows = h('ul', { class: 'targets', id: 'targets' });
const rename = h('button', { type: 'button', class: 'plain', hidden: true, onclick: () => editNames(model.run) }, words.rename);

const panels = sensorPanels((id) => places.find((target) => target.id === id)?.name ?? id);
const figure = (name, size) => h('div', { class: `figure ${size}` }, numbers[name], h('span', { class: 'label' }, words.figures[name]));
const history = runHistory((document) => {
  model.load(document);
  draw();
  title.scrollIntoView({ block: 'nearest' });
});
main.append(
  h('div', { class: 'headline' }, title, stateBadge, names, rename),
  h('div', { class: 'columns' },
    h('div', {},
      h('div', { class: 'figures', 'aria-live': 'polite', id: 'numbers' },
        figure('last', 'huge'), figure('split', 'huge'), figure('shots', ''), figure('hits', ''), figure('first', ''), figure('best', '')),
      section(words.timeline, {}, h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': words.timeline }, timeline), h('p', { class: 'legend quiet' }, words.legend)),
      mapPanel,
      section(words.shots, {}, h('table', {},
        h('thead', {}, h('tr', {}, columnHeads(words.columns, 0, 1, 2))), shotRows))),
    h('div', {}, timerControls(), upcomingForm((times) => { parTimes = times; draw(); }), section(words.targets, {}, targetRows))),
  panels.element, history.element);

const draw = frameScheduler(() => {
  const { run } = model;
  mapPanel.hidden = places.length === 0;
  map.show(places, run);
  drawTimeline(timeline, run ?? { shots: new Map(), hits: new Map() }, targets, parTimes, explain);
  if (run === null) return showRows(null, [], []);
  const [shots, hits] = [shotsOf(run), hitsOf(run)];
  const last = shots.at(-1);
  setText(title, run.id);
  title.dataset.state = run.state;
  setText(stateBadge, words.states[run.state] ?? run.state);
  stateBadge.dataset.active = String(isActive(run));
  setText(names, [run.shooter, run.stage].filter((name) => name !== null).join(', '));
  rename.hidden = false;
  const splits = shots.slice(1).map((shot) => shot.split);
  const counted = hits.filter((hit) => hit.shot !== null).length;
  setText(numbers.last, last ? seconds(last.time) : '0.00');
  setText(numbers.split, shots.length > 1 ? seconds(last.split) : '–');
  setText(numbers.shots, String(shots.length));
  setText(numbers.hits, String(counted));
  setText(numbers.first, shots.length > 0 ? seconds(shots[0].time) : '–');
  setText(numbers.best, splits.length > 0 ? seconds(Math.min(...splits)) : '–');
  showRows(run, shots, hits);
  history.mark(run.id);
});

const explain = (hit) => explainHit(hit, model.run, words.whyTitle(targetOf(hit), hit.shot));

function showRows(run, shots, hits) {
  shotRows.replaceChildren(...shots.map((shot) => h('tr', {},
    h('td', { class: 'number' }, String(shot.shot)), h('td', { class: 'number' }, seconds(shot.time)),
    h('td', { class: 'number' }, seconds(shot.split)), h('td', {}, hits.filter((hit) => hit.shot === shot.shot).map(hitButton)))));
  const stray = hits.filter((hit) => hit.shot === null);
  if (stray.length > 0) {
    shotRows.append(h('tr', {}, h('td', { colSpan: 3, class: 'quiet' }, words.stray), h('td', {}, stray.map(hitButton))));
  }
  if (shots.length === 0) shotRows.replaceChildren(h('tr', {}, h('td', { colSpan: 4, class: 'quiet' }, run ? words.noShots : words.waiting)));
  const counts = new Map(targets.map((name) => [name, 0]));
  if (run) for (const [name, count] of hitCounts(run)) counts.set(name, count);
  targetRows.replaceChildren(...[...counts].map(([name, count]) => h('li', {},
    swatch(name), h('span', { class: 'grow' }, name), h('strong', {}, String(count)))));
  if (counts.size === 0) targetRows.append(h('li', { class: 'quiet' }, words.noTargets));
}

const swatch = (name) => h('span', { class: 'swatch', style: `background: ${seriesVariable(targetNumber(name))}`, 'aria-hidden': 'true' });

function hitButton(hit) {
  return h('button', { type: 'button', class: 'plain hit-button', title: words.why, onclick: () => explain(hit) },
    swatch(targetOf(hit)), targetOf(hit), h('span', { class: 'hidden-text' }, ` ${words.why}`));
}

// Runs and targets are loaded after each connection: events of a disconnection are not repeated.
const loadRuns = poll(async () => {
  await loadTargets().catch(() => {});
  const runs = await history.load();
  if (runs.length > 0 && (model.run === null || model.run.id === runs[0].run_id)) model.load(runs[0]);
  draw();
}, 60000);

async function loadTargets() {
  const { targets: known } = await get('/api/targets');
  nameTargets(known);
  places = known;
  targets = known.map((target) => target.name);
  targets.forEach(targetNumber);
  panels.show();
  return known;
}

openLive(['run_update'], (event) => {
  if (event.event_type === 'events_missed') {
    model.forget();
    loadRuns();
  }
  if (event.type !== 'run_update') return;
  const isKnown = model.apply(event);
  if (!isKnown || event.event_type.startsWith('run_')) loadRuns();
  if (isKnown) draw();
}, () => loadRuns());
draw();
