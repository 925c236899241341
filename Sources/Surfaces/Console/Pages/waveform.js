// What a sensor measured in the last half minute, with its thresholds as lines that can be dragged, and what other
// thresholds would have found.
import { change, get, poll } from './api.js';
import { prepareCanvas } from './chart.js';
import { colourOf } from './colours.js';
import { frameScheduler, h, setText } from './dom.js';
import { gatewayNow } from './format.js';
import { inlineProgress } from './progress.js';
import { actionButton } from './shell.js';
import { texts } from './texts.js';
import { placeOf, thresholdLine } from './thresholdline.js';

const words = texts.waveform;
const seconds = 30;
const points = 600;
const members = {
  velocity: { onset: 'onset', peak: 'peak', unit: 'mm/s', least: 100 }, acceleration: { onset: 'onset_acceleration', peak: 'peak_acceleration', unit: 'g', least: 4 },
};

// A panel for `keyedList`: it asks the gateway only while it is open.
export function waveformPanel(sensor) {
  const path = `/api/sensors/${encodeURIComponent(sensor.id)}`;
  const title = h('span', {});
  const state = h('span', { class: 'quiet' });
  const canvas = h('canvas', { class: 'plot small', role: 'img', 'aria-label': words.plot });
  const answer = h('p', { role: 'status' }, words.hint);
  const progress = inlineProgress(texts.progress.trial);
  const stage = h('div', { class: 'stage' }, canvas);
  let current = sensor;
  let waveform = null;
  let trial = null;
  // Thresholds that somebody tries; null while the present ones are shown.
  let wanted = null;
  let asking;
  // Panels that were opened together soon ask apart, so that no frame has to draw all of them.
  const interval = 900 + 200 * Math.random();

  const lines = Object.fromEntries(['onset', 'peak'].map((name) => [name, thresholdLine(words[name], (value) => attempt(name, value))]));
  stage.append(lines.onset.element, lines.peak.element);
  const apply = actionButton(words.apply, async () => {
    const { onset, peak, unit } = members[waveform.quantity];
    if (!confirm(words.question(current.name, wanted.onset, wanted.peak, unit))) return;
    current = { ...current, ...await change('PUT', `${path}/thresholds`, { [onset]: wanted.onset, [peak]: wanted.peak }) };
    discard(words.applied);
  }, { class: 'primary', hidden: true });
  const reset = h('button', { type: 'button', hidden: true, onclick: () => discard(words.hint) }, words.discard);
  const element = h('details', { class: 'waveform', 'data-sensor': sensor.id },
    h('summary', {}, title, ' ', state), stage, answer, progress.element, h('p', { class: 'row' }, apply, reset));

  const present = () => {
    const { onset, peak } = members[waveform.quantity];
    return { onset: current.thresholds[onset], peak: current.thresholds[peak] };
  };
  const draw = frameScheduler(() => {
    if (!waveform || !element.open) return;
    const { unit, least } = members[waveform.quantity];
    const shown = wanted ?? present();
    const top = 1.1 * Math.max(least, shown.peak, ...waveform.values.map((value) => value ?? 0));
    drawWaveform(canvas, waveform, top, unit, trial);
    for (const [name, line] of Object.entries(lines)) line.show(shown[name], top, unit);
  });
  const load = poll(async () => {
    if (!element.open) return;
    waveform = await get(`${path}/waveform?seconds=${seconds}&points=${points}`);
    draw();
  }, interval);
  element.addEventListener('toggle', () => { if (element.open) load(); });

  function attempt(name, value) {
    if (!waveform) return;
    wanted = { ...(wanted ?? present()), [name]: value };
    // The peak is never below the onset.
    if (name === 'onset') wanted.peak = Math.max(wanted.peak, value); else wanted.onset = Math.min(wanted.onset, value);
    apply.hidden = reset.hidden = false;
    draw();
    clearTimeout(asking);
    asking = setTimeout(ask, 150);
  }

  async function ask() {
    if (!wanted) return;
    const { onset, peak } = members[waveform.quantity];
    const body = { seconds, thresholds: { [onset]: wanted.onset, [peak]: wanted.peak } };
    try {
      const result = await progress.run((signal) => change('POST', `${path}/dry-run`, body, { signal }));
      // Stopped, or asked again.
      if (result === null) return;
      trial = result;
      setText(answer, words.answer(trial.impacts, trial.impacts_with_present_thresholds, Math.round(trial.seconds)));
    } catch (error) {
      setText(answer, error.message);
    }
    draw();
  }

  function discard(text) {
    progress.stop();
    [wanted, trial] = [null, null];
    apply.hidden = reset.hidden = true;
    setText(answer, text);
    draw();
  }

  return {
    element,
    show: (next) => {
      current = next;
      setText(title, next.name);
      setText(state, words.state(next.targetName, next.connected));
      draw();
    },
  };
}

function drawWaveform(canvas, { values, end, seconds: span }, top, unit, trial) {
  const { pen, width, height } = prepareCanvas(canvas);
  const x = (time) => width * (1 - (Date.parse(end) - time) / 1000 / span);
  pen.fillStyle = colourOf('--series-0');
  const step = width / values.length;
  values.forEach((value, index) => {
    if (value === null) return;
    const size = Math.max(1, height * placeOf(value, top));
    pen.fillRect(index * step, height - size, Math.max(1, step), size);
  });
  pen.fillStyle = colourOf('--quiet');
  pen.font = '12px system-ui, sans-serif';
  pen.textBaseline = 'top';
  pen.textAlign = 'left';
  pen.fillText(unit, 4, 2);
  pen.textAlign = 'right';
  pen.fillText(texts.waveform.now, width - 4, 2);
  if (!trial) return;
  for (const finding of trial.findings) {
    const place = x(Date.parse(trial.began ?? gatewayNow()) + finding.onset_seconds * 1000);
    pen.beginPath();
    pen.arc(place, 22, 5, 0, 2 * Math.PI);
    pen.strokeStyle = pen.fillStyle = colourOf(finding.refused === null ? '--good' : '--edge');
    if (finding.refused === null) pen.fill(); else pen.stroke();
  }
}
