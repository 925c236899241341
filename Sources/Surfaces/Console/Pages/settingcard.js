// One setting, with the lines that change it.
import { copyButton } from './copybutton.js';
import { h, setText } from './dom.js';
import { texts } from './texts.js';

const words = texts.settings;

// The lines of the file: `heart.smoothing.alpha` is nested.
export function fileLines(path, value) {
  const names = path.split('.');
  return names.map((name, depth) => `${'  '.repeat(depth)}${name}:${depth === names.length - 1 ? ` ${value}` : ''}`).join('\n');
}

// A card for `keyedList`; `files` has the names of the configuration files.
export function settingCard(setting, files) {
  const value = h('code', {});
  const source = h('span', { class: 'quiet' });
  const pending = h('p', { class: 'pending' });
  const badge = h('span', { class: 'badge changed' }, words.changed);
  const element = h('details', { class: 'setting', 'data-setting': setting.path },
    h('summary', {}, h('strong', { class: 'grow' }, setting.path.slice(setting.section.length).replace(/^\./, '')), badge, value),
    h('p', {}, setting.text), pending,
    h('dl', { class: 'facts' },
      [[words.expected, setting.expected], [words.byDefault, setting.default]].map(([name, text]) => h('div', {}, h('dt', {}, name), h('dd', {}, text))),
      h('div', {}, h('dt', {}, words.comesFrom), h('dd', {}, source))),
    ways(setting, files));
  return {
    element,
    show: (shown) => {
      setText(value, shown.value === '""' ? words.empty : shown.value);
      setText(source, shown.source === 'default' ? words.sources.default : `${words.sources[shown.source]}: ${shown.place}`);
      badge.hidden = !shown.changed;
      pending.hidden = shown.pending === null;
      setText(pending, shown.pending === null ? '' : words.pending(shown.pending));
    },
  };
}

function ways(setting, files) {
  const value = setting.secret ? '…' : setting.value;
  const plain = value.replace(/^"(.*)"$/, '$1');
  const way = (title, text) => h('div', { class: 'way' }, h('span', { class: 'quiet' }, title), h('pre', { tabIndex: 0 }, text), copyButton(() => text, `${setting.path}, ${title}`));
  return h('div', { class: 'ways' },
    h('p', {}, setting.restart ? words.appliesAfterRestart : words.appliesAtOnce),
    way(words.inFile(files.file ?? files.installed_file), fileLines(setting.path, value)),
    way(words.inEnvironment, `${setting.variable}=${plain}`),
    way(words.asOption, `--set ${setting.path}=${/[\s"'$*?]/.test(plain) ? `'${plain}'` : plain}`),
    way(words.apply, setting.restart ? 'sudo systemctl restart leadville-gateway' : 'sudo systemctl reload leadville-gateway'));
}
