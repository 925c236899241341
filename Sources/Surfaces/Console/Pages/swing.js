// The swing in a recording, step by step: what was decided, by which definition, from which sample.
import { get } from './api.js';
import { drawChart, scaleOf } from './chart.js';
import { seriesColour } from './colours.js';
import { frameScheduler, h, openDialog } from './dom.js';
import { announce } from './shell.js';
import { texts } from './texts.js';

const words = texts.swing;
const path = '/api/motion/recordings';
const gravity = 9.80665;
const degrees = 180 / Math.PI;
const shownPoints = 600;
const around = 700;

export async function showSwing(recording) {
  try {
    const [analysis, { data }] = await Promise.all([get(`${path}/${recording.id}/analysis`), get(`${path}/${recording.id}`)]);
    open(recording, analysis, data);
  } catch (error) {
    announce(error.message);
  }
}

function open(recording, analysis, data) {
  const plots = curvesOf(analysis, data).map((curve) => ({ ...curve, canvas: h('canvas', { class: 'plot small', role: 'img', 'aria-label': curve.title }) }));
  const steps = stepsOf(analysis);
  const begin = Math.min(...plots.map(({ samples }) => samples[0][0]));
  // The swing, with what was just before and after it.
  const found = steps.filter((step) => step.finding).map((step) => step.finding.time);
  const times = found.length > 0 ? found : [begin];
  const range = { begin: Math.min(...times) - around, end: Math.max(...times) + around };
  let chosen = steps.find((step) => step.finding) ?? null;
  const draw = frameScheduler(() => {
    for (const plot of plots) drawPlot(plot, range, steps, chosen);
  });
  const list = h('ol', { class: 'steps' }, steps.map((step) => {
    const button = h('button', { type: 'button', class: 'step', disabled: !step.finding, 'aria-pressed': String(step === chosen) },
      h('strong', {}, words.steps[step.name].title), h('span', {}, step.text(begin)),
      h('span', { class: 'quiet' }, words.steps[step.name].definition));
    button.addEventListener('click', () => {
      chosen = step;
      for (const each of list.querySelectorAll('.step')) each.setAttribute('aria-pressed', String(each === button));
      draw();
    });
    return h('li', { 'data-step': step.name }, button);
  }));
  const dialog = openDialog(recording.name,
    h('p', { class: 'verdict', 'data-verdict': analysis.verdict }, words.verdicts[analysis.verdict] ?? analysis.verdict), h('p', {}, `${analysis.text}.`),
    h('p', { class: 'quiet' }, words.explain),
    plots.flatMap(({ title, canvas }) => [h('h3', {}, title), canvas]), list, factsOf(analysis));
  dialog.classList.add('wide');
  draw();
}

// What is drawn: the quantities that the statements rest on, in the units of these.
function curvesOf(analysis, data) {
  const toAcceleration = analysis.acceleration_unit === 'g' ? gravity : 1;
  const length = ([time, x, y, z]) => [time, Math.hypot(x, y, z) * degrees];
  return [
    { quantity: 'raw_acceleration', title: words.plots.acceleration, value: ([time, x]) => [time, x * toAcceleration], names: ['heel_strike', 'foot_plant'] },
    { quantity: 'rotation', title: words.plots.hips, value: length, names: ['hips'] },
    { quantity: 'wrist_rotation', title: words.plots.wrist, value: length, names: ['wrist'] },
  ].filter(({ quantity }) => data[quantity]?.length > 1).map((curve) => ({ ...curve, samples: data[curve.quantity].map(curve.value) }));
}

function drawPlot({ canvas, samples, names, title }, range, steps, chosen) {
  const length = Math.max(1, range.end - range.begin);
  // The greatest and the least value of each place, so that no peak is lost.
  const lines = [new Array(shownPoints).fill(null), new Array(shownPoints).fill(null)];
  for (const [time, value] of samples) {
    const place = Math.floor((time - range.begin) / length * shownPoints);
    if (place < 0 || place >= shownPoints) continue;
    lines[0][place] = Math.max(lines[0][place] ?? -Infinity, value);
    lines[1][place] = Math.min(lines[1][place] ?? Infinity, value);
  }
  const { low, high } = scaleOf(samples.map(([, value]) => value), { margin: 1, fallback: { low: 0, high: 1 } });
  const marks = steps.filter((step) => step.finding && names.includes(step.name)).map((step) => ({
    place: (step.finding.time - range.begin) / length, value: step.value, isChosen: step === chosen, text: words.steps[step.name].title,
  }));
  canvas.setAttribute('aria-label', [title, ...marks.map((mark) => mark.text)].join(', '));
  drawChart(canvas, { lines: lines.map((values) => ({ values: joined(values), colour: seriesColour(0), width: 1.5 })), low, high, count: shownPoints, marks });
}

// Samples are rarer than places: a gap between two of them is no loss.
function joined(values) {
  const result = [...values];
  let last = -1;
  values.forEach((value, index) => {
    if (value === null) return;
    for (let place = last + 1; last >= 0 && place < index; place += 1) result[place] = values[last] + (value - values[last]) * (place - last) / (index - last);
    last = index;
  });
  return result;
}

function stepsOf(analysis) {
  const at = (name, unit, member) => {
    const finding = analysis[name];
    return { name, finding, value: finding?.[member], text: (begin) => (finding ? words.at(finding[member].toFixed(1), unit, ((finding.time - begin) / 1000).toFixed(3)) : words.missing) };
  };
  return [
    at('foot_plant', 'm/s²', 'acceleration'), at('heel_strike', 'm/s²', 'acceleration'),
    at('hips', '°/s', 'degrees_per_second'), at('wrist', '°/s', 'degrees_per_second'),
  ];
}

function factsOf(analysis) {
  const milliseconds = (value) => (value === null ? '–' : `${Math.round(value * 1000)} ms`);
  const rows = [
    [words.facts.direction, analysis.direction === null ? '–' : words.directions[analysis.direction]],
    [words.facts.hipDelay, milliseconds(analysis.heel_strike_to_hips_seconds)],
    [words.facts.hipsToFoot, milliseconds(analysis.hips_to_foot_plant_seconds)],
    [words.facts.wristDelay, milliseconds(analysis.heel_strike_to_wrist_seconds)],
    [words.facts.order, analysis.hips_before_wrist === null ? '–' : analysis.hips_before_wrist ? words.yes : words.no],
  ];
  return h('dl', { class: 'facts wide' }, rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}
