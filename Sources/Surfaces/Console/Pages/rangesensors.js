// The sensors of the range with their waveforms; and the targets at their places.
import { get, poll } from './api.js';
import { distinctNames } from './assignment.js';
import { h, keyedList } from './dom.js';
import { section } from './shell.js';
import { texts } from './texts.js';
import { waveformPanel } from './waveform.js';

const words = texts.waveform;

// `nameOf(target)`: the name of a target by its id; call `show()` when it knows others.
export function sensorPanels(nameOf) {
  const list = h('div', { id: 'waveforms' });
  const none = h('p', { class: 'quiet', hidden: true }, texts.targets.noSensors);
  const showPanels = keyedList(list, (sensor) => sensor.id, waveformPanel);
  let sensors = [];
  const show = () => {
    const names = distinctNames(sensors);
    showPanels(sensors.map((sensor) => ({ ...sensor, name: names.get(sensor.id), targetName: sensor.target === null ? null : nameOf(sensor.target) })));
  };
  poll(async () => {
    sensors = (await get('/api/sensors')).sensors;
    none.hidden = sensors.length > 0;
    show();
  }, 5000);
  return { element: section(words.title, {}, h('p', { class: 'quiet' }, words.intro), list, none), show };
}
