// The latest runs: a click shows one, and all can be downloaded.
import { change, get } from './api.js';
import { columnHeads, h } from './dom.js';
import { downloadLink } from './download.js';
import { dateTime, seconds } from './format.js';
import { actionButton, section } from './shell.js';
import { texts } from './texts.js';

const words = texts.history;
const pageSize = 10;

// `show(document)` is called when somebody chooses a run.
export function runHistory(show) {
  const rows = h('tbody', { id: 'runs' });
  const more = h('button', { type: 'button', onclick: () => { count += pageSize; load(); } }, words.more);
  let count = pageSize;
  let shown = null;

  async function load() {
    const { runs, next_before: next } = await get(`/api/runs?limit=${count}`);
    more.hidden = next === null || next === undefined || runs.length < count;
    rows.replaceChildren(...runs.map((run) => row(run)));
    if (runs.length === 0) rows.append(h('tr', {}, h('td', { colSpan: 9, class: 'quiet' }, words.none)));
    mark(shown);
    return runs;
  }

  function row(run) {
    const { summary } = run;
    return h('tr', { 'data-run': run.run_id },
      h('td', {}, h('button', { type: 'button', class: 'plain', onclick: () => show(run) }, run.run_id)),
      h('td', {}, dateTime(run.start_time)), h('td', {}, run.shooter_name ?? ''), h('td', {}, run.stage_name ?? ''),
      h('td', { class: 'number' }, String(summary.shots)), h('td', { class: 'number' }, String(summary.hits)),
      h('td', { class: 'number' }, seconds(summary.total_time)),
      h('td', {}, texts.range.states[run.state] ?? run.state),
      h('td', {}, run.end_time && actionButton(words.remove, async () => {
        if (!confirm(words.removeWarning(run.run_id, summary.shots))) return;
        await change('DELETE', `/api/runs/${run.run_id}`);
        load();
      }, { class: 'plain', 'aria-label': words.removeNamed(run.run_id) })));
  }

  function mark(id) {
    shown = id;
    for (const each of rows.children) each.setAttribute('aria-current', String(each.dataset.run === id));
  }

  const element = section(words.title, {},
    h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': words.title }, h('table', {},
      h('thead', {}, h('tr', {}, columnHeads(words.columns, 4, 5, 6), h('td', {}))), rows)),
    h('p', { class: 'row' }, more, downloadLink(words.csv, '/api/runs/export?format=csv'), downloadLink(words.json, '/api/runs/export')));
  return { element, load, mark };
}
