// The sensors of the range with their waveforms; and the targets at their places.
import { get, poll } from './api.js';
import { distinctNames } from './assignment.js';
import { h, keyedList } from './dom.js';
import { section } from './shell.js';
import { texts } from './texts.js';
import { waveformPanel } from './waveform.js';

const words = texts.waveform;

// `nameOf(target)`: the name of a target by its id.
export function sensorPanels(nameOf) {
  const list = h('div', { id: 'waveforms' });
  const none = h('p', { class: 'quiet', hidden: true }, texts.targets.noSensors);
  const show = keyedList(list, (sensor) => sensor.id, waveformPanel);
  poll(async () => {
    const { sensors } = await get('/api/sensors');
    none.hidden = sensors.length > 0;
    const names = distinctNames(sensors);
    show(sensors.map((sensor) => ({ ...sensor, name: names.get(sensor.id), targetName: sensor.target === null ? null : nameOf(sensor.target) })));
  }, 5000);
  return section(words.title, {}, h('p', { class: 'quiet' }, words.intro), list, none);
}
