// A search for Bluetooth devices: how far it is, what is in the air, and a way to stop it.
import { change, get } from './api.js';
import { changeDevice } from './deviceeditor.js';
import { h, keyedList, openDialog, setText } from './dom.js';
import { actionButton, announce } from './shell.js';
import { texts } from './texts.js';

const words = texts.search;
const path = '/api/search';
const interval = 500;

// `changed()` reloads what the page shows.
export async function openSearch(changed) {
  let state = await change('POST', path, {});
  const bar = h('progress', { max: 1, value: 0, 'aria-label': words.title });
  const text = h('p', { role: 'status' });
  const list = h('ul', { class: 'found', id: 'found' });
  const stop = actionButton(words.stop, async () => show(await change('DELETE', path)));
  const again = actionButton(words.again, async () => {
    state = await change('POST', path, {});
    follow();
  }, { class: 'primary' });
  const showRows = keyedList(list, (device) => device.id, (device) => row(device, changed));
  const dialog = openDialog(words.title, h('p', { class: 'quiet' }, words.intro), bar, text, list, h('p', { class: 'row end' }, stop, again));
  // Nobody looks at it any more.
  dialog.addEventListener('close', () => { if (state.searching) change('DELETE', path).catch(() => {}); });

  function show(shown) {
    state = shown;
    bar.value = shown.elapsed_seconds / shown.seconds;
    setText(text, shown.searching ? words.searching(shown.found.length, Math.ceil(shown.seconds - shown.elapsed_seconds)) : words.done(shown.found.length));
    showRows(shown.found);
    stop.hidden = !shown.searching;
    again.hidden = shown.searching;
  }

  async function follow() {
    show(state);
    while (dialog.open && state.searching) {
      await new Promise((next) => setTimeout(next, interval));
      if (dialog.open && state.searching) await get(path).then(show, (error) => announce(error.message));
    }
    changed();
  }
  follow();
}

function row(device, changed) {
  const state = h('span', { class: 'quiet' });
  const signal = h('span', { class: 'quiet number' });
  const use = actionButton(texts.actions.use, async () => {
    await changeDevice(device, { adopt: true });
    changed();
  }, { 'aria-label': texts.actions.about(texts.actions.use, device.name) });
  const element = h('li', { 'data-found': device.id },
    h('div', { class: 'grow' }, h('strong', {}, device.name), h('p', { class: 'quiet kind' }, texts.device.kind(device.role, device.family, device.id))), signal, state, use);
  return {
    element,
    show: (shown) => {
      setText(signal, shown.signal === null ? '' : `${shown.signal} dBm`);
      setText(state, texts.device.states[shown.state] ?? '');
      use.hidden = shown.state === 'in_use' || shown.state === null;
    },
  };
}
