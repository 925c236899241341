// A phone in motion: acceleration and rotation, the latest 200 points.
import { drawChart } from './chart.js';
import { seriesColour, seriesVariable } from './colours.js';
import { frameScheduler, h, setText } from './dom.js';
import { oneDecimal } from './format.js';
import { openSocket } from './live.js';
import { recordingPanel } from './recordings.js';
import { openShell, section } from './shell.js';
import { texts } from './texts.js';

const words = texts.motion;
const shownPoints = 200;
const axes = ['x', 'y', 'z'];
const phones = new Map();
const main = openShell('motion');

const choice = h('select', { id: 'phone', onchange: () => { schedule(); recordings.load(); } }, h('option', { value: '' }, words.none));
const clock = h('span', { id: 'clock', class: 'quiet' });
const recordings = recordingPanel(() => choice.value);
const plots = [
  { name: 'acceleration', quantities: ['acceleration', 'raw_acceleration'], limit: 60 },
  { name: 'rotation', quantities: ['rotation', 'raw_rotation'], limit: 30 },
].map((plot) => ({
  ...plot,
  canvas: h('canvas', { id: plot.name, class: 'plot', role: 'img' }),
  values: axes.map(() => h('strong', { class: 'live' }, '–')),
}));
main.append(
  h('div', { class: 'headline' }, h('h1', {}, texts.pages.motion.link),
    h('p', { class: 'row' }, h('label', { htmlFor: 'phone' }, words.phone), choice, clock)),
  ...plots.map(({ name, canvas, values }) => section(words.titles[name], {}, canvas,
    h('p', { class: 'legend' }, axes.map((axis, number) => h('span', {},
      h('span', { class: 'swatch', style: `background: ${seriesVariable(number)}`, 'aria-hidden': 'true' }), `${axis} `, values[number])),
    h('span', { class: 'quiet' }, words.latest)))),
  recordings.element,
  section(words.setup, {}, h('p', {}, words.setupText, h('code', { id: 'url' }, `${location.origin}/data`))));

const schedule = frameScheduler(() => {
  const phone = phones.get(choice.value);
  for (const { canvas, values, quantities, limit, name } of plots) {
    const quantity = quantities.find((each) => phone?.series[each]?.length > 0);
    const samples = phone?.series[quantity] ?? [];
    const lines = axes.map((_, axis) => ({
      values: samples.map((sample) => Math.max(-limit, Math.min(limit, sample[axis + 1]))), colour: seriesColour(axis), width: 1.5,
    }));
    drawChart(canvas, { lines, low: -limit, high: limit, count: shownPoints, grid: [-limit, -limit / 2, 0, limit / 2, limit] });
    canvas.dataset.points = samples.length;
    canvas.setAttribute('aria-label', words.plotLabel(words.titles[name], samples.length));
    values.forEach((value, axis) => setText(value, samples.length > 0 ? oneDecimal(samples.at(-1)[axis + 1]) : '–'));
  }
  const offset = phone?.clock;
  setText(clock, offset ? words.clock(Math.abs(offset.offset_seconds).toFixed(2), offset.error_seconds.toFixed(2), offset.offset_seconds < 0) : '');
});

function listPhones() {
  const selected = choice.value;
  choice.replaceChildren(...[...phones.keys()].sort().map((name) => new Option(name, name, false, name === selected)));
  recordings.load();
}

openSocket('/sensor/stream', {
  // The first messages after a connection hold the latest points again.
  onready: () => phones.clear(),
  onevent: (message) => {
    if (message.type !== 'motion') return;
    if (!phones.has(message.phone)) {
      phones.set(message.phone, { series: {} });
      listPhones();
    }
    const phone = phones.get(message.phone);
    phone.clock = message.clock;
    for (const [quantity, samples] of Object.entries(message.samples)) {
      phone.series[quantity] = (phone.series[quantity] ?? []).concat(samples).slice(-shownPoints);
    }
    schedule();
  },
});
schedule();
