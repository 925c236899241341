// Targets and sensors: which sensor is mounted where, and how hard a hit has to be.
import { change, get, poll } from './api.js';
import { Assignment, distinctNames, flash } from './assignment.js';
import { h, keyedList, setText } from './dom.js';
import { openLive } from './live.js';
import { actionButton, announce, openShell, section } from './shell.js';
import { sensorCard } from './sensorcard.js';
import { targetCard } from './targetcard.js';
import { texts } from './texts.js';

const words = texts.targets;
const main = openShell('targets');
let state = { targets: [], sensors: [] };
let names = new Map();

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
  const [{ targets }, { sensors }] = await Promise.all([get('/api/targets'), get('/api/sensors')]);
  state = { targets, sensors };
  names = distinctNames(sensors);
  show();
}, 3000);

const nameOf = (sensor) => names.get(sensor) ?? sensor;
const assignment = new Assignment(nameOf, () => refresh());
const path = (target) => `/api/targets/${encodeURIComponent(target.id)}`;

const showTargets = keyedList(targetList, (target) => target.id, (target) => {
  let current = target;
  const remove = actionButton(words.remove, async () => {
    if (!confirm(words.removeWarning(current.name))) return;
    await change('DELETE', path(current));
    refresh();
  }, { class: 'plain' });
  const card = targetCard(target, { assignment, tapped, footer: [remove] });
  return {
    element: card.element,
    show: (shown) => {
      current = shown;
      remove.setAttribute('aria-label', words.removeNamed(shown.name));
      card.show(shown);
    },
  };
});

const showSensors = keyedList(sensorList, (sensor) => sensor.id, (sensor) => sensorCard(sensor, { assignment, refresh }));

function tapped() {
  setText(tap, assignment.waiting === null ? words.tapHint : words.waitingForTap(assignment.waiting.name));
  show();
}

function show() {
  const choices = state.sensors.map(({ id }) => ({ id, name: nameOf(id) }));
  showTargets(state.targets.map((target) => ({ ...target, choices })));
  showSensors(state.sensors.map((sensor) => ({ ...sensor, name: nameOf(sensor.id), targets: state.targets })));
  noTargets.hidden = state.targets.length > 0;
  noSensors.hidden = state.sensors.length > 0;
}

// The sensor that feels a tap shows itself.
openLive(['sensor_event', 'status'], (event) => {
  if (event.event_type === 'calibration_progress') refresh();
  if (event.event_type !== 'impact_detected') return;
  setText(tap, assignment.feel(event.sensor_id));
  flash(sensorList.querySelector(`[data-sensor="${CSS.escape(event.sensor_id)}"]`));
}, refresh);
