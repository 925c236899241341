// The gateway's log: the latest lines, then each new one.
import { frameScheduler, h, setText } from './dom.js';
import { clockTime } from './format.js';
import { openSocket } from './live.js';
import { openShell } from './shell.js';
import { texts } from './texts.js';

const words = texts.log;
const keptLines = 1000;
const levels = ['debug', 'info', 'notice', 'warning', 'error'];
const main = openShell('log');
let lines = [];

const level = h('select', { id: 'level', onchange: () => draw() }, levels.map((name) => h('option', { value: name }, words.levels[name])));
const search = h('input', { type: 'search', id: 'search', placeholder: words.searchExample, 'aria-label': words.search, oninput: () => draw() });
const follow = h('input', { type: 'checkbox', checked: true, onchange: () => draw() });
const count = h('p', { class: 'quiet', id: 'count', role: 'status' });
const list = h('ol', { id: 'lines', class: 'log lines', tabIndex: 0, 'aria-label': words.list });
main.append(
  h('div', { class: 'headline' }, h('h1', {}, texts.pages.log.link)),
  h('p', { class: 'row' }, h('label', { htmlFor: 'level' }, words.level), level, search, h('label', { class: 'check' }, follow, words.follow)),
  count, list);

const rank = (line) => Math.max(0, levels.indexOf(line.level.toLowerCase()));

const draw = frameScheduler(() => {
  const least = levels.indexOf(level.value);
  const text = search.value.trim().toLowerCase();
  const shown = lines.filter((line) => rank(line) >= least && (text === '' || `${line.source} ${line.message}`.toLowerCase().includes(text)));
  list.replaceChildren(...shown.map(({ timestamp, level: name, source, message }) => h('li', { 'data-level': name.toLowerCase() },
    h('time', { title: timestamp }, clockTime(new Date(timestamp))), h('span', { class: 'level' }, name), h('span', { class: 'source' }, source), h('span', {}, message))));
  setText(count, words.count(shown.length, lines.length));
  if (follow.checked) list.scrollTop = list.scrollHeight;
});

openSocket('/ws/logs', {
  onready: (socket) => socket.send({ type: 'request_logs', limit: 500 }),
  onevent: (message) => {
    if (message.type === 'log_batch') {
      // Newest first. The answer to the request is the longest batch, and replaces all before.
      if (message.logs.length >= lines.length) lines = message.logs.slice().reverse();
    } else if (message.type === 'log_entry') {
      lines.push(message);
      if (lines.length > keptLines) lines = lines.slice(-keptLines);
    }
    draw();
  },
});
draw();
