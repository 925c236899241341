// Targets and sensors: which sensor is mounted where, and how hard a hit has to be.
import { change, get, poll } from './api.js';
import { h, keyedList, setText } from './dom.js';
import { openLive } from './live.js';
import { actionButton, announce, openShell, section } from './shell.js';
import { sensorCard } from './sensorcard.js';
import { texts } from './texts.js';

const words = texts.targets;
const main = openShell('targets');
let state = { targets: [], sensors: [], devices: [] };

const targetList = h('div', { class: 'cards', id: 'targets' });
const sensorList = h('div', { class: 'cards', id: 'sensors' });
const noTargets = h('p', { class: 'empty' }, words.none);
const noSensors = h('p', { class: 'empty' }, words.noSensors);
const tap = h('p', { class: 'quiet', role: 'status', id: 'tap' }, words.tapHint);
const name = h('input', { id: 'new-target', maxLength: 100, required: true, placeholder: words.example });
const form = h('form', { class: 'row' }, h('label', { htmlFor: 'new-target' }, words.newName), name, h('button', { class: 'primary' }, words.add));
form.addEventListener('submit', (submit) => {
  submit.preventDefault();
  change('POST', '/api/targets', { name: name.value }).then(() => {
    name.value = '';
    refresh();
  }).catch((error) => announce(error.message));
});
main.append(h('div', { class: 'headline' }, h('h1', {}, texts.pages.targets.link)), tap,
  section(words.title, {}, targetList, noTargets, form), section(words.sensors, {}, sensorList, noSensors));

const refresh = poll(async () => {
  const [{ targets }, { sensors }, { devices }] = await Promise.all([get('/api/targets'), get('/api/sensors'), get('/api/devices')]);
  state = { targets, sensors, devices };
  show();
}, 3000);

const nameOf = (sensor) => state.devices.find((device) => device.id === sensor)?.name ?? sensor;
const path = (target) => `/api/targets/${encodeURIComponent(target.id)}`;

const showTargets = keyedList(targetList, (target) => target.id, (target) => {
  let current = target;
  const title = h('h3', {});
  const mounted = h('p', { class: 'quiet' });
  const remove = actionButton(words.remove, async () => {
    if (!confirm(words.removeWarning(current.name))) return;
    await change('DELETE', path(current));
    refresh();
  }, { class: 'plain' });
  const element = h('article', { class: 'card target', 'data-target': target.id }, h('div', { class: 'grow' }, title, mounted), h('footer', {}, remove));
  // A sensor is dropped onto its target.
  element.addEventListener('dragover', (drag) => drag.preventDefault());
  element.addEventListener('drop', (drop) => {
    drop.preventDefault();
    assign(drop.dataTransfer.getData('text/plain'), current.id);
  });
  return {
    element,
    show: (shown) => {
      current = shown;
      setText(title, shown.name);
      setText(mounted, shown.sensors.length > 0 ? words.mounted(shown.sensors.map(nameOf).join(', ')) : words.empty);
      remove.setAttribute('aria-label', words.removeNamed(shown.name));
    },
  };
});

async function assign(sensor, target) {
  try {
    await change('PUT', `/api/sensors/${encodeURIComponent(sensor)}/target`, { target });
  } catch (error) {
    announce(error.message);
  }
  refresh();
}

const showSensors = keyedList(sensorList, (sensor) => sensor.id, (sensor) => sensorCard(sensor, { assign, refresh }));

function show() {
  showTargets(state.targets);
  showSensors(state.sensors.map((sensor) => ({ ...sensor, name: nameOf(sensor.id), targets: state.targets })));
  noTargets.hidden = state.targets.length > 0;
  noSensors.hidden = state.sensors.length > 0;
}

// The sensor that feels a tap shows itself.
openLive(['sensor_event', 'status'], (event) => {
  if (event.event_type === 'calibration_progress') refresh();
  if (event.event_type !== 'impact_detected') return;
  setText(tap, words.felt(nameOf(event.sensor_id)));
  const card = sensorList.querySelector(`[data-sensor="${CSS.escape(event.sensor_id)}"]`);
  card?.classList.remove('felt');
  requestAnimationFrame(() => card?.classList.add('felt'));
}, refresh);
