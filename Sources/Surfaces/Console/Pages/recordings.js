// Recordings of phones: start, stop, list, rename, delete, download.
import { change, get, poll } from './api.js';
import { columnHeads, h, setText } from './dom.js';
import { downloadLink } from './download.js';
import { age, dateTime, span } from './format.js';
import { actionButton, section } from './shell.js';
import { showSwing } from './swing.js';
import { texts } from './texts.js';

const words = texts.recordings;
const path = '/api/motion/recordings';
// How much of what was before belongs to a recording: a swing is over before somebody presses.
const secondsBefore = [0, 2, 10, 30];

// - `phone()`: the chosen phone
export function recordingPanel(phone) {
  const state = h('p', { class: 'quiet', role: 'status', id: 'recording-state' }, words.idle);
  const name = h('input', { id: 'recording-name', maxLength: 100, placeholder: words.example, autocomplete: 'off' });
  const before = h('select', { id: 'recording-before' }, secondsBefore.map((seconds) => new Option(words.before(seconds), seconds, seconds === 2, seconds === 2)));
  const start = actionButton(words.start, async () => {
    await change('POST', `${path}/start`, { phone: phone(), before: Number(before.value), ...(name.value === '' ? {} : { name: name.value }) });
    load();
  }, { class: 'primary', disabled: true });
  const stop = actionButton(words.stop, async () => {
    const recording = await change('POST', `${path}/stop`, { phone: phone() });
    name.value = '';
    await load();
    showSwing(recording);
  }, { disabled: true });
  const rows = h('tbody', { id: 'recordings' });
  const none = h('p', { class: 'quiet', hidden: true }, words.none);
  const table = h('table', {}, h('thead', {}, h('tr', {}, columnHeads(words.columns, 3), h('td', {}))), rows);
  let listed = '';

  const load = poll(async () => {
    const [{ phones }, { recordings }] = await Promise.all([get('/api/phones'), get(path)]);
    const active = phones.find((each) => each.phone === phone())?.recording;
    start.disabled = phone() === '' || Boolean(active);
    stop.disabled = !active;
    setText(state, active ? words.active(active.name, span(age(active.started))) : phone() === '' ? words.noPhone : words.idle);
    none.hidden = recordings.length > 0;
    table.hidden = recordings.length === 0;
    if (JSON.stringify(recordings) === listed) return;
    listed = JSON.stringify(recordings);
    rows.replaceChildren(...recordings.map(row));
  }, 2000);

  function row(recording) {
    const { id, name: title } = recording;
    return h('tr', { 'data-recording': id },
      h('td', {}, h('button', { type: 'button', class: 'plain', 'aria-label': words.judgeNamed(title), onclick: () => showSwing(recording) }, title)),
      h('td', {}, recording.phone), h('td', {}, dateTime(recording.started)), h('td', { class: 'number' }, `${recording.duration.toFixed(1)} s`),
      h('td', {}, words.triggers[recording.trigger] ?? recording.trigger),
      h('td', {}, downloadLink('CSV', `${path}/${id}?format=csv`, { 'aria-label': words.csvNamed(title) }), ' ',
        downloadLink('JSON', `${path}/${id}`, { 'aria-label': words.jsonNamed(title) })),
      h('td', {},
        actionButton(words.rename, async () => {
          const text = prompt(words.askName, title);
          if (text === null || text === '') return;
          await change('PATCH', `${path}/${id}`, { name: text });
          load();
        }, { class: 'plain', 'aria-label': words.renameNamed(title) }),
        actionButton(words.remove, async () => {
          if (!confirm(words.removeWarning(title, recording.samples))) return;
          await change('DELETE', `${path}/${id}`);
          load();
        }, { class: 'plain', 'aria-label': words.removeNamed(title) })));
  }

  const element = section(words.title, {},
    h('p', { class: 'row' }, h('label', { htmlFor: 'recording-name' }, words.name), name,
      h('label', { htmlFor: 'recording-before' }, words.beforeLabel), before, start, stop), state,
    h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': words.title }, table), none);
  return { element, load };
}
