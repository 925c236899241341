// The stored workouts: replay, download, delete.
import { change, get, poll } from './api.js';
import { columnHeads, h } from './dom.js';
import { downloadLink } from './download.js';
import { dateTime } from './format.js';
import { actionButton, section } from './shell.js';
import { texts } from './texts.js';

const words = texts.workouts;
const shownWorkouts = 50;

// `open(workout, name)` replays one.
export function workoutList(open) {
  const rows = h('tbody', { id: 'workouts' });
  const note = h('p', { class: 'quiet', hidden: true }, words.none);
  const table = h('table', {}, h('thead', {}, h('tr', {}, columnHeads(words.columns, 2), h('td', {}))), rows);
  let listed = '';
  const load = poll(async () => {
    let workouts = [];
    try {
      workouts = (await get(`/api/workouts?limit=${shownWorkouts}`)).data;
      note.textContent = words.none;
    } catch (error) {
      note.textContent = error.message;
    }
    note.hidden = workouts.length > 0;
    table.hidden = workouts.length === 0;
    // A row that somebody is about to press stays where it is.
    const shown = JSON.stringify(workouts.map((workout) => [workout._id, workout.frame_count, workout.name]));
    if (shown === listed) return;
    listed = shown;
    rows.replaceChildren(...workouts.map(row));
  }, 15000);

  function row(workout) {
    const name = String(workout.name ?? words.nameless);
    const frames = `/api/workouts/${workout._id}/frames`;
    return h('tr', { 'data-workout': workout._id },
      h('td', {}, workout.frame_count > 0
        ? h('button', { type: 'button', class: 'plain', 'aria-label': words.replayNamed(name), onclick: () => open(workout, name) }, name) : name),
      h('td', {}, dateTime(workout.created_at)), h('td', { class: 'number' }, workout.frame_count.toLocaleString()),
      h('td', {}, workout.frame_count > 0 && downloadLink('CSV', `${frames}?format=csv`, { 'aria-label': words.csvNamed(name) })),
      h('td', {}, actionButton(words.remove, async () => {
        if (!confirm(words.removeWarning(name, workout.frame_count))) return;
        await change('DELETE', `/api/workouts/${workout._id}`);
        load();
      }, { class: 'plain', 'aria-label': words.removeNamed(name) })));
  }

  return section(words.title, {}, h('p', { class: 'quiet' }, words.intro),
    h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': words.title }, table), note);
}
