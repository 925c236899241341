// Builds elements, and changes only what differs from what is shown.
import { texts } from './texts.js';

const svgNamespace = 'http://www.w3.org/2000/svg';

// h('p', { class: 'quiet', onclick: f }, 'text', child): a null property or child is left out.
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(svgNamespace, tag), attributes, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes('-') && element.namespaceURI !== svgNamespace) element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Shows one element per item: `create(item)` returns `{ element, show(item) }`. Elements stay while their item does, so
// that focus, selection and typing survive an update.
export function keyedList(container, key, create) {
  const entries = new Map();
  return (items) => {
    const keys = new Set(items.map(key));
    for (const [id, entry] of entries) {
      if (keys.has(id)) continue;
      entry.element.remove();
      entries.delete(id);
    }
    const isTyping = container.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement;
    items.forEach((item, place) => {
      const id = key(item);
      if (!entries.has(id)) entries.set(id, create(item));
      const entry = entries.get(id);
      entry.show(item);
      // Moving an element would interrupt typing in it.
      if (isTyping && entry.element.isConnected) return;
      if (container.children[place] !== entry.element) {
        container.insertBefore(entry.element, container.children[place] ?? null);
      }
    });
  };
}

// The heads of a table's columns; those in `numbers` stand above numbers.
export const columnHeads = (names, ...numbers) => names.map((name, index) => h('th', { scope: 'col', class: numbers.includes(index) ? 'number' : null }, name));

// A list of facts, `[label, value]` each. Nodes are reused: a screen reader keeps its place.
export function showFacts(list, rows) {
  while (list.children.length > rows.length) list.lastElementChild.remove();
  rows.forEach(([label, value], index) => {
    if (!list.children[index]) list.append(h('div', {}, h('dt', {}), h('dd', {})));
    setText(list.children[index].firstElementChild, label);
    setText(list.children[index].lastElementChild, value);
  });
}

// The text of an input follows the stored value, except while somebody types.
export function fillInput(input, text) {
  if (document.activeElement !== input && input.value !== text) input.value = text;
}

// A dialogue that removes itself when it closes.
export function openDialog(title, ...children) {
  const close = h('button', { type: 'button', class: 'plain close', 'aria-label': texts.dialog.close, onclick: () => dialog.close() }, '✕');
  const dialog = h('dialog', { 'aria-label': title, onclose: () => dialog.remove() },
    h('header', {}, h('h2', {}, title), close), ...children);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

// Calls `draw` before the next frame, however often it is asked. A hidden page draws nothing until it is shown.
export function frameScheduler(draw) {
  let isScheduled = false;
  const schedule = () => {
    if (isScheduled || document.hidden) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      draw();
    });
  };
  document.addEventListener('visibilitychange', schedule);
  window.addEventListener('resize', schedule);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', schedule);
  return schedule;
}
