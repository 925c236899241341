// The overview: does everything work, and if not, what is to be done?
import { change, get, poll } from './api.js';
import { Assignment, distinctNames, flash } from './assignment.js';
import { brokerCard, brokerLevel, brokers } from './brokercard.js';
import { deviceCard } from './devicecard.js';
import { changeDevice, editDevice } from './deviceeditor.js';
import { h, keyedList, setText } from './dom.js';
import { bytes, span } from './format.js';
import { openLive } from './live.js';
import { findProblems, loadState, markSeen } from './problems.js';
import { openSearch } from './search.js';
import { actionButton, openShell, section } from './shell.js';
import { targetCard } from './targetcard.js';
import { texts } from './texts.js';

const words = texts.overview;
const main = openShell('overview');

const verdict = h('h1', { class: 'verdict' }, words.loading);
const problemList = h('ul', { class: 'problems', 'aria-label': words.problems });
const cards = h('div', { class: 'cards', id: 'devices' });
const noDevices = h('p', { class: 'empty', hidden: true }, words.noDevices);
const forgotten = h('input', { type: 'checkbox', id: 'show-forgotten', onchange: () => show() });
const tiles = h('div', { class: 'tiles' });
const targetCards = h('div', { class: 'cards', id: 'targets' });
const tap = h('p', { class: 'quiet', role: 'status', id: 'tap' }, texts.targets.tapHint);
const targetPanel = section(texts.targets.title, { hidden: true, id: 'target-panel' }, tap, targetCards, h('p', {}, h('a', { href: '/targets' }, words.targetsLink)));
main.append(
  h('div', { class: 'headline' }, verdict), problemList, tiles,
  section(words.devices, {}, cards, noDevices,
    h('p', { class: 'row' }, actionButton(texts.search.open, () => openSearch(refresh)), h('label', { class: 'check' }, forgotten, words.showForgotten))), targetPanel);

let state = null;
let targets = [];
const counts = new Map();

// Frames per second since the previous answer.
function addRates(devices) {
  const now = performance.now();
  for (const device of devices) {
    const before = counts.get(device.id);
    if (before && now > before.time && device.frames >= before.frames) {
      device.rate = 1000 * (device.frames - before.frames) / (now - before.time);
    }
    counts.set(device.id, { frames: device.frames, time: now });
  }
}

const refresh = poll(async () => {
  const loaded = await loadState();
  addRates(loaded.devices);
  state = loaded;
  show();
}, 2000);

// After the devices, which people look at first.
async function loadTargets() {
  targets = (await get('/api/targets').catch(() => ({ targets }))).targets;
  show();
}
setTimeout(() => poll(loadTargets, 10000), 500);

let sensorNames = new Map();
const nameOf = (sensor) => sensorNames.get(sensor) ?? sensor;
const assignment = new Assignment(nameOf, () => {
  loadTargets();
  refresh();
});

// Devices and links change at once; everything else can wait for the next answer.
openLive(['status', 'sensor_event'], (event) => {
  if (/^device_|^mqtt_|^battery_low$|adapter/.test(event.event_type)) refresh();
  if (event.event_type === 'impact_detected') feel(event.sensor_id);
}, refresh);

// The sensor that feels a tap shows itself.
function feel(sensor) {
  // Every hit of a string would be too much to be read aloud.
  if (assignment.waiting !== null) setText(tap, assignment.feel(sensor));
  flash(cards.querySelector(`[data-id="${CSS.escape(sensor)}"]`));
}

function tapped() {
  setText(tap, assignment.waiting === null ? texts.targets.tapHint : texts.targets.waitingForTap(assignment.waiting.name));
  show();
}

const showTargets = keyedList(targetCards, (target) => target.id, (target) => targetCard(target, { assignment, tapped }));

const ranks = { in_use: 0, waiting: 0, listed: 1, forgotten: 2 };
const roles = ['timer', 'sensor', 'heart', 'mat', 'phone', 'meter', 'broker'];
const roleRank = (device) => (roles.includes(device.role) ? roles.indexOf(device.role) : roles.length);
const showCards = keyedList(cards, (device) => device.id,
  (device) => (device.role === 'broker' ? brokerCard() : deviceCard(device, (current) => editDevice(current, targets, refresh), assignment)));

const mend = {
  setClock: async () => {
    await change('POST', '/api/clock', { time: new Date().toISOString() });
    refresh();
  },
  seen: async (problem) => {
    await markSeen(problem);
    refresh();
  },
  use: async ({ device }) => { await changeDevice(device, { adopt: true }); refresh(); },
  leave: async ({ device }) => { await changeDevice(device, { adopt: false }); refresh(); },
  settings: async () => { location.href = '/settings?search=mqtt.'; },
  assign: async ({ device }) => { await loadTargets(); editDevice(device, targets, refresh); },
};

const showProblems = keyedList(problemList, (problem) => problem.key, (problem) => {
  const text = h('strong', {});
  const cure = h('span', { class: 'cure' });
  let current = problem;
  const element = h('li', { class: 'problem' }, h('div', { class: 'grow' }, text, cure),
    h('div', { class: 'row' }, problem.actions.map((name) => actionButton(texts.actions[name], () => mend[name](current), {
      'aria-label': texts.actions.about(texts.actions[name], problem.device?.name),
    }))));
  return {
    element,
    show: (shown) => {
      current = shown;
      element.dataset.level = shown.level;
      setText(text, shown.text);
      setText(cure, shown.cure ?? '');
    },
  };
});

function show() {
  if (state === null) return;
  const { overview, devices } = state;
  const problems = findProblems(overview, devices);
  const urgent = problems.filter((problem) => problem.level !== 'hint').length;
  showProblems(problems);
  const inUse = devices.filter((device) => device.state === 'in_use');
  setText(verdict, urgent > 0 ? words.attention(urgent) : inUse.length === 0 ? words.ready : words.allWell(inUse.length));
  verdict.dataset.level = urgent > 0 ? 'warn' : 'good';
  const names = new Map(targets.map((target) => [target.id, target.name]));
  for (const device of devices) device.targetName = names.get(device.target);
  const sensors = devices.filter((device) => device.role === 'sensor' && device.state === 'in_use');
  targetPanel.hidden = targets.length === 0 || sensors.length === 0;
  sensorNames = distinctNames(sensors);
  const choices = sensors.map(({ id }) => ({ id, name: nameOf(id) }));
  showTargets(targets.map((target) => ({ ...target, choices })));
  const shown = devices.filter((device) => device.state !== 'forgotten' || forgotten.checked);
  showCards([...shown, ...brokers(overview.mqtt)].sort((one, other) => ranks[one.state] - ranks[other.state]
    || roleRank(one) - roleRank(other) || one.name.localeCompare(other.name)));
  noDevices.hidden = cards.childElementCount > 0;
  showTiles(overview, inUse);
}

const showTile = keyedList(tiles, (tile) => tile.name, ({ name, link }) => {
  const value = h('strong', { class: 'live' });
  const detail = h('span', { class: 'quiet' });
  const element = h(link ? 'a' : 'div', { class: 'tile', href: link, 'data-tile': name }, h('span', { class: 'label' }, words.tiles[name]), value, detail);
  return {
    element,
    show: (tile) => {
      setText(value, tile.value);
      setText(detail, tile.detail);
      element.dataset.level = tile.level ?? 'good';
    },
  };
});

const brokerTile = (broker) => ({ name: 'mqtt', value: texts.broker.states[broker.link] ?? broker.link, detail: broker.broker, level: brokerLevel(broker) });

function showTiles({ version, uptime_seconds: uptime, clients, store, clock, bluetooth, mqtt }, inUse) {
  const connected = inUse.filter((device) => device.link === 'connected').length;
  const open = Object.entries(clients).filter(([, count]) => count > 0);
  showTile([
    { name: 'devices', value: `${connected} / ${inUse.length}`, detail: words.connected, level: connected < inUse.length ? 'warn' : 'good' },
    { name: 'clients', value: String(open.reduce((sum, [, count]) => sum + count, 0)),
      detail: open.map(([name, count]) => `${words.surfaces[name] ?? name} ${count}`).join(', ') },
    { name: 'store', value: !store.enabled ? words.off : store.healthy ? words.works : words.fails,
      detail: store.enabled ? words.stored(bytes(store.file_bytes), store.waiting, store.dropped) : words.notStored,
      level: store.enabled && !store.healthy ? 'bad' : 'good' },
    { name: 'clock', value: clock.synchronised ? words.synchronised : words.free,
      detail: clock.synchronised ? words.clockError(clock.error_seconds) : words.freeDetail, level: clock.synchronised ? 'good' : 'warn' },
    { name: 'adapter', value: !bluetooth.enabled ? words.off : bluetooth.adapter === null ? words.missing : words.works,
      detail: bluetooth.adapter === null ? '' : `${bluetooth.adapter.name}, ${bluetooth.adapter.address}`,
      level: bluetooth.enabled && bluetooth.adapter === null ? 'bad' : 'good' },
    ...brokers(mqtt).map(brokerTile),
    { name: 'version', value: version, detail: words.uptime(span(uptime)), link: '/health' },
  ]);
}
