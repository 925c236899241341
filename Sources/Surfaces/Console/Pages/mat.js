// A pressure mat: every frame as a heat map, now or of a stored workout.
import { change, get, poll } from './api.js';
import { frameScheduler, h, setText } from './dom.js';
import { age } from './format.js';
import { heatScale, HeatMapView, MatPicture } from './heatmap.js';
import { openLive } from './live.js';
import { regionsOf, regionTable } from './matregions.js';
import { player } from './player.js';
import { actionButton, announce, openShell, section } from './shell.js';
import { texts } from './texts.js';
import { workoutList } from './workouts.js';

const words = texts.mat;
const silentAfter = 3000;
const main = openShell('mat');
const mats = new Map();
// Larger mats show regions only if somebody asks: those of an insole do not fit them.
const mostRowsWithRegions = 16;
let regionsWanted = null;

const choice = h('select', { id: 'mat', 'aria-label': words.choose, onchange: () => select(choice.value) });
const view = new HeatMapView(words.mapLabel);
const { canvas } = view;
const most = h('span', {}, '');
const state = h('p', { class: 'quiet', role: 'status', id: 'mat-state' }, words.none);
const numbers = Object.fromEntries(['total', 'peak', 'area', 'centre', 'rate'].map((name) => [name, h('strong', { class: 'live' }, '–')]));
const smooth = h('input', { type: 'checkbox', onchange: () => draw() });
const trail = h('input', { type: 'checkbox', checked: true, onchange: () => draw() });
const withRegions = h('input', { type: 'checkbox', onchange: () => { regionsWanted = withRegions.checked; draw(); } });
const table = regionTable();
const regionPanel = section(words.regions, {}, table.element, h('p', { class: 'quiet' }, words.regionText));
const tare = actionButton(words.tare, async () => {
  const { tared } = await change('POST', '/api/mats/tare', { mat: choice.value });
  undo.hidden = false;
  announce(words.tared(tared), 'done');
}, { class: 'primary', id: 'tare', disabled: true });
const undo = actionButton(words.undoTare, async () => {
  await change('POST', '/api/mats/tare/undo', { mat: choice.value });
  undo.hidden = true;
  announce(words.tareUndone, 'done');
}, { hidden: true });
const replay = player((frame, isNext) => {
  replayed ??= { map: new MatPicture() };
  if (!isNext) replayed.map.trail = [];
  replayed.frame = replayed.map.receive(frame.matrix);
  draw();
}, () => {
  replayed = null;
  mapPanel.classList.remove('replaying');
  draw();
});
// The workout that is shown instead of the present.
let replayed = null;
const mapPanel = section(words.map, {}, replay.element, view.element,
  h('div', { class: 'scale' }, h('span', {}, '0'), heatScale(), most),
  h('p', { class: 'row' }, h('label', { class: 'check' }, smooth, words.smooth),
    h('label', { class: 'check' }, trail, words.trail), h('label', { class: 'check' }, withRegions, words.withRegions)));

main.append(
  h('div', { class: 'headline' }, h('h1', {}, texts.pages.mat.link), choice, tare, undo),
  state,
  h('div', { class: 'columns' },
    mapPanel,
    h('div', {}, section(words.numbers, {}, h('dl', { class: 'facts wide' },
      Object.entries(numbers).map(([name, value]) => h('div', {}, h('dt', {}, words.names[name]), h('dd', {}, value))))), regionPanel),
  ),
  workoutList((workout, name) => {
    replayed = null;
    mapPanel.classList.add('replaying');
    replay.open(workout, name);
    mapPanel.scrollIntoView({ block: 'start' });
  }));

function matOf(id) {
  if (!mats.has(id)) {
    mats.set(id, { map: new MatPicture(), arrivals: [], name: id });
    listMats();
  }
  return mats.get(id);
}

function listMats() {
  const selected = choice.value;
  choice.replaceChildren(...[...mats].map(([id, mat]) => new Option(mat.name, id, false, id === selected)));
  choice.hidden = mats.size < 2;
  tare.disabled = mats.size === 0;
}

function select() {
  for (const mat of mats.values()) mat.map.trail = [];
  undo.hidden = true;
  draw();
}

let [shownAt, later] = [0, null];
const draw = frameScheduler(() => {
  const mat = replay.isOpen ? replayed : mats.get(choice.value);
  if (!mat?.frame) return;
  const { matrix } = mat.map;
  view.draw(mat.map, { isSmooth: smooth.checked, withTrail: trail.checked });
  canvas.dataset.frames = mat.count ?? (replay.isOpen ? 'replay' : 0);
  // Nobody reads numbers sixty times a second; those of a replay are of the frame that is shown.
  if (!replay.isOpen && performance.now() - shownAt < 100) {
    clearTimeout(later);
    later = setTimeout(draw, 100);
    return;
  }
  shownAt = performance.now();
  const regions = regionsOf(matrix.length, matrix[0].length, () => draw());
  withRegions.checked = regionsWanted ?? matrix.length <= mostRowsWithRegions;
  regionPanel.hidden = !withRegions.checked || regions.length === 0;
  view.showRegions(withRegions.checked ? regions : [], matrix);
  if (!regionPanel.hidden) table.show(regions, matrix);
  const { total, peak, area, centre } = mat.frame;
  setText(most, mat.map.peak.toFixed(mat.map.peak < 10 ? 1 : 0));
  setText(numbers.total, total.toFixed(0));
  setText(numbers.peak, peak.toFixed(1));
  setText(numbers.area, `${(100 * area).toFixed(0)} %`);
  setText(numbers.centre, centre ? words.centre(Math.round(100 * centre.x), Math.round(100 * centre.y)) : '–');
});

// Said once a second: a picture that stands still is no picture of the present.
setInterval(() => {
  const mat = mats.get(choice.value);
  if (!mat?.frame) return;
  const now = performance.now();
  while (mat.arrivals.length > 0 && now - mat.arrivals[0] > 2000) mat.arrivals.shift();
  setText(numbers.rate, replay.isOpen ? '–' : words.perSecond((mat.arrivals.length / 2).toFixed(0)));
  const isSilent = now - mat.last > silentAfter;
  canvas.classList.toggle('stale', isSilent && !replay.isOpen);
  setText(state, isSilent ? words.silent(mat.name, Math.round((now - mat.last) / 1000)) : words.running(mat.name, mat.size));
}, 1000);

// The picture that was there before the visit, also of a mat that is away.
async function loadFrames() {
  for (const { id, last_frame: last, rows, columns, matrix, scale, trail: points } of (await get('/api/mats')).mats) {
    const mat = matOf(id);
    // Frames that came meanwhile are newer.
    if (mat.frame) continue;
    mat.last = performance.now() - 1000 * age(last);
    mat.size = `${rows} × ${columns}`;
    mat.map.peak = scale;
    mat.map.trail = points.map(([x, y]) => ({ x, y }));
    mat.frame = mat.map.receive(matrix);
  }
  draw();
}

openLive(['pressure'], (event) => {
  if (event.event_type !== 'pressure_frame') return;
  const mat = matOf(event.device_id);
  mat.last = performance.now();
  mat.arrivals.push(mat.last);
  mat.count = (mat.count ?? 0) + 1;
  mat.size = `${event.data.rows} × ${event.data.columns}`;
  if (mat.arrivals.length > 1000) mat.arrivals.shift();
  if (document.hidden) return;
  mat.frame = mat.map.receive(event.data.matrix);
  if (event.device_id === choice.value && !replay.isOpen) draw();
}, () => loadFrames().catch(() => {}), { encoding: 'binary' });

// Names, and mats that are known but silent.
poll(async () => {
  const known = (await get('/api/devices')).devices.filter((device) => device.role === 'mat' && device.state === 'in_use');
  for (const device of known) {
    if (device.link !== 'connected' && !mats.has(device.id)) {
      if (mats.size === 0) setText(state, words.away(device.name));
      continue;
    }
    const mat = matOf(device.id);
    if (mat.name === device.name) continue;
    mat.name = device.name;
    listMats();
  }
}, 10000);
