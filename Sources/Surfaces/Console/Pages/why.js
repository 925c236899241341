// Why an event is what it is: the gateway's explanation, in words first, with all its details below.
import { get } from './api.js';
import { copyButton } from './copybutton.js';
import { columnHeads, h, openDialog } from './dom.js';
import { announce } from './shell.js';
import { texts } from './texts.js';

export async function explainEvent(id, title) {
  try {
    show(await get(`/api/events/${id}/explain`), title);
  } catch (error) {
    announce(error.message);
  }
}

// A hit of a loaded run has no event id: it is among the run's last events, as all hits are published again at its end.
export async function explainHit(hit, run, title) {
  if (hit.event) return explainEvent(hit.event, title);
  for (const id of run.events.slice(-40).reverse()) {
    const explanation = await get(`/api/events/${id}/explain`).catch(() => null);
    if (explanation?.pairing && explanation.causes?.some((cause) => cause.id === hit.impact_id)) return show(explanation, title);
  }
  return explainEvent(hit.impact_id, title);
}

function show(explanation, title) {
  const sentences = inWords(explanation);
  openDialog(title ?? texts.why.title(explanation.id),
    sentences.length > 0 && h('ul', { class: 'reasons' }, sentences.map((sentence) => h('li', {}, sentence))),
    alternatives(explanation.pairing),
    h('details', { open: sentences.length === 0 }, h('summary', {}, texts.why.details), tree(explanation)),
    h('p', { class: 'row end' }, copyButton(() => JSON.stringify(explanation, null, 2)))).classList.add('wide');
}

const milliseconds = (value) => `${Math.round(value * 1000)} ms`;

function inWords({ pairing, clock, finding, causes = [] }) {
  const words = texts.why;
  const found = [];
  if (pairing) {
    found.push(pairing.confidence === undefined ? words.decision(pairing.decision) : words.paired(pairing.decision, Math.floor(pairing.confidence * 100)));
    if (pairing.delay !== undefined) found.push(words.delay(milliseconds(pairing.delay), milliseconds(pairing.error_seconds)));
    const delay = pairing.learnt_delay;
    found.push(delay ? words.expected(milliseconds(delay.mean), delay.pairs) : words.unknownDelay);
  }
  for (const each of [finding, ...causes.map((cause) => cause.finding)].filter(Boolean)) found.push(words.finding(each));
  if (clock?.string) found.push(words.clock(milliseconds(clock.string.error_seconds), clock.string.arrivals));
  return found;
}

function alternatives(pairing) {
  if (!pairing?.alternatives?.length) return null;
  const words = texts.why;
  return h('table', {},
    h('caption', {}, words.candidates),
    h('thead', {}, h('tr', {}, columnHeads([words.shot, words.delayColumn, words.deviation, words.chosen], 0, 1, 2))),
    h('tbody', {}, pairing.alternatives.map((each) => h('tr', { class: each.chosen ? 'chosen' : null },
      h('td', { class: 'number' }, String(each.shot)), h('td', { class: 'number' }, milliseconds(each.delay)),
      h('td', { class: 'number' }, each.off_by === undefined ? '–' : milliseconds(each.off_by)), h('td', {}, each.chosen ? '✓' : '')))));
}

// Any JSON as nested lists.
export function tree(value) {
  if (value === null || typeof value !== 'object') return h('span', { class: 'value' }, value === null ? '–' : String(value));
  if (Array.isArray(value) && value.every((each) => each === null || typeof each !== 'object')) {
    return h('span', { class: 'value' }, value.join(', '));
  }
  return h('dl', { class: 'tree' }, Object.entries(value).map(([name, member]) => h('div', {},
    h('dt', {}, Array.isArray(value) ? `${Number(name) + 1}` : name.replaceAll('_', ' ')), h('dd', {}, tree(member)))));
}
