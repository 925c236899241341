// Links to files that may be long: a download shows how far it is, can be stopped, and says why it failed.
import { answerOf, request } from './api.js';
import { h } from './dom.js';
import { bytes } from './format.js';
import { withProgress } from './progress.js';
import { announce } from './shell.js';
import { texts } from './texts.js';

export function downloadLink(label, path, properties = {}) {
  return h('a', {
    ...properties, href: path, onclick: (click) => {
      // Another tab, or another window, is left to the browser.
      if (click.ctrlKey || click.metaKey || click.shiftKey) return;
      click.preventDefault();
      save(path).catch((error) => announce(error.message));
    },
  }, label);
}

async function save(path) {
  const file = await withProgress(texts.progress.download, async (signal, report) => {
    const response = await request(path, {}, signal);
    if (!response.ok) await answerOf(response);
    return { name: nameOf(response), content: await contentOf(response, report) };
  });
  if (file === null) return;
  const address = URL.createObjectURL(file.content);
  h('a', { href: address, download: file.name }).click();
  // The browser has read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

async function contentOf(response, report) {
  const reader = response.body.getReader();
  // The length of a compressed answer says nothing about its content.
  const total = response.headers.has('Content-Encoding') ? 0 : Number(response.headers.get('Content-Length'));
  const parts = [];
  let received = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    received += part.value.length;
    report(texts.progress.received(bytes(received)), total > 0 ? received / total : undefined);
  }
  return new Blob(parts, { type: response.headers.get('Content-Type') });
}

const nameOf = (response) => /filename="([^"]*)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? texts.progress.file;
