// What needs a person: computed from the state of the gateway and its devices, worst first.
import { change, get } from './api.js';
import { age, clockDifference, dateTime, setGatewayTime, span } from './format.js';
import { texts } from './texts.js';

const lowBattery = 20;
const emptyBattery = 10;
const absentSeconds = 60;
// A clock that nothing confirms and that differs from this device's by more is doubtful.
const doubtfulSeconds = 30;
const seenKey = 'seen-problems';

// What somebody has seen stays away in this browser until it changes. That a device died is seen for everybody.
const seen = () => new Set(JSON.parse(localStorage.getItem(seenKey) ?? '[]'));

export async function markSeen(problem) {
  if (problem.isShared) return change('POST', `/api/devices/${encodeURIComponent(problem.device.id)}`, { seen: true });
  localStorage.setItem(seenKey, JSON.stringify([...seen(), problem.key].slice(-100)));
}

export async function loadState() {
  const [overview, { devices }] = await Promise.all([get('/api/overview'), get('/api/devices')]);
  setGatewayTime(overview.time);
  return { overview, devices };
}

export async function countProblems() {
  const { overview, devices } = await loadState();
  return findProblems(overview, devices).filter((problem) => problem.level !== 'hint').length;
}

// Each problem: a stable key, a level (bad, warn, hint), a sentence, what to do, and the names of the actions that mend it.
export function findProblems(overview, devices) {
  const hidden = seen();
  const order = ['bad', 'warn', 'hint'];
  return [...gatewayProblems(overview), ...devices.flatMap(deviceProblems)]
    .filter((problem) => !hidden.has(problem.key))
    .sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level));
}

// What to do when there is no connection to the MQTT broker.
export const brokerCure = ({ reason }) => texts.broker.cures[reason] ?? texts.broker.cures.system;

function gatewayProblems({ store, clock, bluetooth, mqtt, warnings: all }) {
  const words = texts.problems;
  // The warning about the broker is the failure below.
  const warnings = all.filter((text) => !mqtt?.failure || !text.endsWith(mqtt.failure.message));
  const found = warnings.map((text) => ({ key: `warning:${text}`, level: 'bad', text, cure: words.warningCure, actions: [] }));
  if (store.enabled && !store.healthy && warnings.length === 0) {
    found.push({ key: 'store', level: 'bad', text: words.store(store.waiting), cure: words.storeCure, actions: [] });
  }
  if (bluetooth.enabled && bluetooth.adapter === null) {
    found.push({ key: 'adapter', level: 'bad', text: words.adapter, cure: words.adapterCure, actions: [] });
  }
  if (mqtt?.failure) {
    const { reason, message } = mqtt.failure;
    found.push({ key: `mqtt:${reason}:${message}`, level: 'bad', text: words.broker(mqtt.broker, message), cure: brokerCure(mqtt.failure), actions: ['settings', 'seen'] });
  }
  const difference = Math.abs(clockDifference()) / 1000;
  if (clock.source === 'unset' || (clock.source === 'unconfirmed' && difference > doubtfulSeconds)) {
    found.push({ key: 'time', level: 'warn', text: words.timeUnknown, cure: words.timeUnknownCure(span(difference)), actions: ['setClock'] });
  } else if (!clock.synchronised) {
    found.push({ key: 'clock', level: 'hint', text: words.clock, cure: words.clockCure, actions: ['seen'] });
  }
  return found;
}

function deviceProblems(device) {
  const words = texts.problems;
  const { id, name, battery } = device;
  if (device.state === 'waiting') {
    return [{ key: `waiting:${id}`, device, level: 'warn', text: words.waiting(name), cure: words.waitingCure, actions: ['use', 'leave'] }];
  }
  if (device.state !== 'in_use') return [];
  const found = device.notes.map((note) => ({
    key: `note:${id}:${note.note}`, device, level: 'warn', text: words.note(name, note.text), cure: null, actions: ['seen'],
  }));
  const isAway = device.link !== 'connected' && device.last_seen !== null && age(device.last_seen) > absentSeconds;
  if (device.died) {
    found.push({
      key: `died:${id}:${device.died}`, device, level: 'bad', text: words.diedAt(name, dateTime(device.died)),
      cure: device.link === 'connected' ? words.diedAndBackCure : words.diedCure, actions: ['seen'], isShared: true,
    });
  } else if (isAway && battery !== null && battery <= emptyBattery) {
    found.push({
      key: `died:${id}:${device.last_seen}`, device, level: 'bad', text: words.died(name, battery), cure: words.diedCure, actions: ['seen'],
    });
  } else if (isAway) {
    found.push({
      key: `away:${id}:${device.last_seen}`, device, level: 'warn', text: words.away(name, span(age(device.last_seen))),
      cure: words.awayCure[device.transport] ?? null, actions: device.transport === 'network' ? ['seen'] : ['seen', 'leave'],
    });
  } else if (battery !== null && battery <= lowBattery) {
    found.push({
      key: `battery:${id}:${Math.ceil(battery / 5)}`, device, level: battery <= emptyBattery ? 'bad' : 'warn',
      text: words.battery(name, battery), cure: words.batteryCure, actions: ['seen'],
    });
  }
  if (device.role === 'sensor' && device.target === null) {
    found.push({ key: `target:${id}`, device, level: 'hint', text: words.noTarget(name), cure: words.noTargetCure, actions: ['assign'] });
  }
  return found;
}
