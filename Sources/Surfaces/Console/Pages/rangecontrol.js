// The controls of the range: start and stop, sensitivity, and the names of the next run.
import { change, get, poll } from './api.js';
import { fillInput, h, openDialog, setText } from './dom.js';
import { actionButton, announce, section } from './shell.js';
import { texts } from './texts.js';

const words = texts.range;

export function timerControls() {
  const choice = h('select', { id: 'timer', 'aria-label': words.timer });
  const note = h('p', { class: 'quiet', role: 'status' });
  const send = (path) => async () => {
    await change('POST', `/api/timers/${encodeURIComponent(choice.value)}/${path()}`);
    setText(note, words.sent);
  };
  const level = h('input', { id: 'sensitivity', type: 'range', min: 1, max: 10, value: 5 });
  const shown = h('output', { htmlFor: 'sensitivity' }, '5');
  level.addEventListener('input', () => setText(shown, level.value));
  const buttons = [
    actionButton(words.start, send(() => 'start'), { class: 'primary big' }),
    actionButton(words.stop, send(() => 'stop'), { class: 'big' }),
    actionButton(words.setSensitivity, send(() => `sensitivity/${level.value}`)),
  ];
  const show = (timers) => {
    const connected = timers.filter((timer) => timer.connected);
    const wanted = connected.map((timer) => timer.id).join();
    if (choice.dataset.timers !== wanted) {
      choice.dataset.timers = wanted;
      choice.replaceChildren(...connected.map((timer) => new Option(timer.name, timer.id, false, timer.id === choice.value)));
      setText(note, connected.length > 0 ? words.ready(connected.length) : timers.length > 0 ? words.timerAway(timers[0].name) : words.noTimer);
    }
    choice.hidden = connected.length < 2;
    for (const button of buttons) button.disabled = connected.length === 0;
  };
  poll(async () => show((await get('/api/timers')).timers), 5000);
  return section(words.control, {}, choice,
    h('p', { class: 'row' }, buttons[0], buttons[1]), note,
    h('p', { class: 'row' }, h('label', { htmlFor: 'sensitivity' }, words.sensitivity), level, shown, buttons[2]));
}

// Numbers from "1.5, 2 3.25".
export const parTimesFrom = (text) => text.split(/[\s,;]+/).filter((part) => part !== '').map(Number);

// Who shoots next; `onpar` is told the par times.
export function upcomingForm(onpar) {
  const shooter = h('input', { id: 'shooter', maxLength: 100, autocomplete: 'off' });
  const stage = h('input', { id: 'stage', maxLength: 100, autocomplete: 'off' });
  const par = h('input', { id: 'par', inputMode: 'decimal', placeholder: words.parExample, autocomplete: 'off' });
  const note = h('span', { class: 'quiet', role: 'status' });
  const show = (names) => {
    fillInput(shooter, names.shooter_name ?? '');
    fillInput(stage, names.stage_name ?? '');
    fillInput(par, names.par_times.join(', '));
    onpar(names.par_times);
  };
  const form = h('form', { class: 'fields' },
    h('label', { htmlFor: 'shooter' }, words.shooter), shooter, h('label', { htmlFor: 'stage' }, words.stage), stage,
    h('label', { htmlFor: 'par' }, words.parTimes), par,
    h('p', { class: 'row' }, h('button', {}, words.saveNames), note));
  form.addEventListener('submit', async (submit) => {
    submit.preventDefault();
    const times = parTimesFrom(par.value);
    if (times.some((time) => !(time > 0))) return announce(words.parWrong);
    try {
      document.activeElement?.blur();
      show(await change('PUT', '/api/runs/upcoming', { shooter_name: shooter.value || null, stage_name: stage.value || null, par_times: times }));
      setText(note, words.saved);
    } catch (error) {
      announce(error.message);
    }
  });
  poll(async () => show(await get('/api/runs/upcoming')), 10000);
  return section(words.next, {}, form);
}

// The names of a run that was shot already.
export function editNames(run) {
  const shooter = h('input', { id: 'run-shooter', maxLength: 100, value: run.shooter ?? '', autocomplete: 'off' });
  const stage = h('input', { id: 'run-stage', maxLength: 100, value: run.stage ?? '', autocomplete: 'off' });
  const form = h('form', { class: 'fields' },
    h('label', { htmlFor: 'run-shooter' }, words.shooter), shooter, h('label', { htmlFor: 'run-stage' }, words.stage), stage,
    h('p', { class: 'row end' }, h('button', { class: 'primary' }, words.saveNames)));
  const dialog = openDialog(words.namesOf(run.id), form);
  form.addEventListener('submit', async (submit) => {
    submit.preventDefault();
    try {
      await change('PATCH', `/api/runs/${run.id}`, { shooter_name: shooter.value || null, stage_name: stage.value || null });
      dialog.close();
    } catch (error) {
      announce(error.message);
    }
  });
}
