// All settings: what each means, its present value, where that comes from, and how to change it.
import { get, poll } from './api.js';
import { h, keyedList, setText } from './dom.js';
import { openLive } from './live.js';
import { settingCard } from './settingcard.js';
import { openShell } from './shell.js';
import { texts } from './texts.js';

const words = texts.settings;
const main = openShell('settings');
let state = null;

const filter = h('input', { type: 'search', 'aria-label': words.filter, placeholder: words.filterExample, oninput: () => show() });
filter.value = new URLSearchParams(location.search).get('search') ?? '';
const changedOnly = h('input', { type: 'checkbox', onchange: () => show() });
const count = h('p', { class: 'quiet', role: 'status', id: 'count' });
const file = h('p', {});
const list = h('div', { class: 'setting-sections', id: 'settings' });
main.append(
  h('div', { class: 'headline' }, h('h1', {}, texts.pages.settings.title)),
  h('p', { class: 'quiet' }, words.intro), file,
  h('p', { class: 'row' }, filter, h('label', { class: 'check' }, changedOnly, words.changedOnly)), count, list);

const showSections = keyedList(list, (section) => section.path, (section) => {
  const cards = h('div', {});
  const showCards = keyedList(cards, (setting) => setting.path, (setting) => settingCard(setting, state));
  return {
    element: h('section', { class: 'panel', 'aria-label': section.path || words.general },
      h('h2', {}, section.path || words.general), h('p', { class: 'quiet' }, section.text), cards),
    show: (shown) => showCards(shown.settings),
  };
});

function show() {
  if (state === null) return;
  const text = filter.value.trim().toLowerCase();
  const isWanted = (setting) => (!changedOnly.checked || setting.changed || setting.pending !== null)
    && (text === '' || `${setting.path} ${setting.text}`.toLowerCase().includes(text));
  const wanted = state.settings.filter(isWanted);
  const texts = new Map(state.sections.map((section) => [section.path, section.text]));
  showSections([...new Set(wanted.map((setting) => setting.section))].map((path) => ({
    path, text: texts.get(path) ?? '', settings: wanted.filter((setting) => setting.section === path),
  })));
  setText(count, words.count(wanted.length, state.settings.length, state.settings.filter((setting) => setting.changed).length));
  setText(file, state.file === null ? words.noFile(state.installed_file) : words.file(state.file));
}

// Settings change only when the gateway reads its configuration again.
const load = poll(async () => {
  state = await get('/api/settings');
  show();
}, 10000);
openLive(['status'], () => {}, load);
