// One impact sensor: its target, its threshold with what another one would have found, and its calibration by taps.
import { change } from './api.js';
import { h, setText } from './dom.js';
import { inlineProgress } from './progress.js';
import { actionButton } from './shell.js';
import { texts } from './texts.js';

const words = texts.sensor;
const taps = 5;

// A card for `keyedList`; `assignment` (see assignment.js) and `refresh()` come from the page.
export function sensorCard(sensor, { assignment, refresh }) {
  let current = sensor;
  let isDragging = false;
  // Whether this card has said that taps are awaited.
  let isAwaited = false;
  const path = `/api/sensors/${encodeURIComponent(sensor.id)}`;
  const title = h('h3', {});
  const state = h('p', { class: 'badge' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), h('span', {}));
  const choice = h('select', { onchange: () => assignment.assign(sensor.id, choice.value === '' ? null : choice.value) });
  const slider = h('input', { type: 'range', min: 1, max: 200, step: 0.5 });
  const shown = h('output', { class: 'number' });
  const answer = h('p', { class: 'quiet', role: 'status' });
  const facts = h('p', { class: 'quiet' });
  const trying = inlineProgress(texts.progress.trial);
  const stop = actionButton(words.stop, async () => {
    const { calibration } = await change('DELETE', `${path}/calibrate`);
    isAwaited = false;
    showCalibration(calibration);
    // Otherwise the last tap came before.
    if (!calibration) setText(answer, words.stopped);
    refresh();
  }, { hidden: true });
  const progress = h('progress', { max: taps, value: 0, hidden: true, 'aria-label': words.calibrate });
  const save = actionButton(words.save, async () => {
    if (!confirm(words.saveQuestion(current.name, Number(slider.value), presentPeak(current)))) return;
    await change('PUT', `${path}/thresholds`, { peak: Number(slider.value) });
    isDragging = isAwaited = false;
    setText(answer, words.saved);
    save.hidden = true;
    refresh();
  }, { class: 'primary', hidden: true });

  // What the threshold would have found in the last two minutes, without changing anything.
  let trial;
  slider.addEventListener('input', () => {
    isDragging = true;
    save.hidden = false;
    setText(shown, words.threshold(Number(slider.value)));
    clearTimeout(trial);
    trial = setTimeout(async () => {
      try {
        const body = { thresholds: { peak: Number(slider.value) } };
        const result = await trying.run((signal) => change('POST', `${path}/dry-run`, body, { signal }));
        if (result !== null) setText(answer, words.dryRun(result.impacts, result.impacts_with_present_thresholds, Math.round(result.seconds)));
      } catch (error) {
        setText(answer, error.message);
      }
    }, 250);
  });

  const calibrate = actionButton(words.calibrate, async () => {
    if (!confirm(words.calibrateQuestion(current.name))) return;
    await change('POST', `${path}/calibrate`, { taps });
    refresh();
  });
  const element = h('article', { class: 'card sensor', 'data-sensor': sensor.id },
    h('header', {}, h('div', { class: 'grow' }, title), state), facts,
    h('label', {}, words.target, choice), h('label', {}, words.peak, slider), shown, answer, trying.element,
    h('footer', { class: 'row' }, save, calibrate, progress, stop));
  assignment.allowDragging(element, sensor.id);
  // Dragging the slider does not drag the card.
  slider.addEventListener('pointerdown', () => { element.draggable = false; });
  slider.addEventListener('pointerup', () => { element.draggable = true; });

  return {
    element,
    show: (next) => {
      current = next;
      setText(title, next.name);
      setText(state.lastElementChild, next.connected ? texts.device.links.connected : texts.device.links.absent);
      element.dataset.link = next.connected ? 'connected' : 'absent';
      setText(facts, words.facts(next.impacts, next.delay ? Math.round(next.delay.mean * 1000) : null));
      showTargets(choice, next);
      if (!isDragging) {
        const present = presentPeak(next);
        slider.max = Math.max(200, Math.ceil(present * 2));
        slider.value = present;
        setText(shown, words.threshold(present));
      }
      showCalibration(current.calibration);
    },
  };

  function showCalibration(calibration) {
    progress.hidden = stop.hidden = calibration?.state !== 'waiting';
    calibrate.hidden = calibration?.state === 'waiting';
    // Ended elsewhere.
    if (!calibration && isAwaited) setText(answer, words.ended);
    isAwaited = calibration?.state === 'waiting';
    if (!calibration) return;
    progress.max = calibration.of;
    progress.value = calibration.taps;
    setText(answer, words.calibration[calibration.state](calibration.taps, calibration.of));
  }
}

const presentPeak = ({ thresholds, limits }) => thresholds.peak ?? limits.velocity?.peak ?? limits.peak;

function showTargets(choice, { target, targets, name }) {
  const wanted = JSON.stringify([target, targets.map((each) => [each.id, each.name])]);
  if (choice.dataset.shown === wanted || document.activeElement === choice) return;
  choice.dataset.shown = wanted;
  choice.setAttribute('aria-label', words.targetOf(name));
  const known = targets.some((each) => each.id === target || each.name === target);
  choice.replaceChildren(new Option(words.none, '', false, target === null),
    ...targets.map((each) => new Option(each.name, each.id, false, each.id === target || each.name === target)),
    ...(target !== null && !known ? [new Option(target, target, false, true)] : []));
}
