// Shows the progress of an action that takes time, and a way to stop it.
import { h, openDialog, setText } from './dom.js';
import { texts } from './texts.js';

const words = texts.progress;
// Milliseconds. An action that ends earlier shows no progress.
const delay = 400;

const stopButton = (stop) => h('button', { type: 'button', onclick: stop }, words.stop);

// Runs `action(signal, report)` with a dialogue; returns null if it is stopped.
// - `report(text, part)`: the progress; `part` goes from 0 to 1, and is left out if it is unknown
export async function withProgress(title, action) {
  const abort = new AbortController();
  const bar = h('progress', { max: 1, 'aria-label': title });
  const text = h('p', {}, words.begun);
  let dialog = null;
  const timer = setTimeout(() => {
    dialog = openDialog(title, bar, text, h('p', { class: 'row end' }, stopButton(() => dialog.close())));
    dialog.addEventListener('close', () => abort.abort());
  }, delay);
  try {
    return await action(abort.signal, (shown, part) => {
      setText(text, shown);
      if (part !== undefined) bar.value = part;
    });
  } catch (error) {
    if (abort.signal.aborted) return null;
    throw error;
  } finally {
    clearTimeout(timer);
    dialog?.close();
  }
}

// The same inside the page. `run(action)` stops the action before.
export function inlineProgress(title) {
  let current = null;
  const element = h('p', { class: 'row busy', hidden: true }, h('progress', { 'aria-label': title }), title, stopButton(() => current?.abort()));
  const run = async (action) => {
    current?.abort();
    const own = new AbortController();
    current = own;
    const timer = setTimeout(() => { if (current === own) element.hidden = false; }, delay);
    try {
      return await action(own.signal);
    } catch (error) {
      if (own.signal.aborted) return null;
      throw error;
    } finally {
      clearTimeout(timer);
      if (current === own) element.hidden = true;
    }
  };
  return { element, run, stop: () => current?.abort() };
}
