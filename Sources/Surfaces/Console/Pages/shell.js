// The frame of every page: navigation, connection state, clock, and what needs somebody's attention.
import { poll } from './api.js';
import { h, setText, svg } from './dom.js';
import { clockDifference, clockTime, gatewayNow } from './format.js';
import { onConnection } from './live.js';
import { countProblems } from './problems.js';
import { texts } from './texts.js';

const pages = [
  ['overview', '/'], ['range', '/range'], ['hearts', '/hearts'], ['mat', '/mat'], ['motion', '/sensor/'],
  ['heartbeat', '/heartbeat'], ['targets', '/targets'], ['events', '/events'], ['log', '/log'], ['settings', '/settings'],
  ['socket', '/ws/test'], ['tokens', '/tokens'],
];

// Adds the frame to the document and returns the place for the page's content.
export function openShell(page) {
  document.title = texts.pages[page].title;
  const state = h('p', { id: 'state', class: 'state', role: 'status', 'data-state': 'connecting' }, texts.connection.connecting);
  const time = h('time', { class: 'clock', 'aria-label': texts.shell.clock });
  const attention = h('a', { class: 'attention', href: '/', hidden: true });
  const main = h('main', { id: 'content', tabIndex: -1 });
  const toggle = h('button', { type: 'button', class: 'plain menu', 'aria-expanded': 'false', 'aria-controls': 'pages' }, texts.shell.menu);
  const navigation = h('nav', { id: 'pages', 'aria-label': texts.shell.navigation }, pages.map(([name, path]) => h('a', {
    href: path, 'aria-current': name === page ? 'page' : null,
  }, texts.pages[name].link)));
  toggle.addEventListener('click', () => {
    const isOpen = navigation.classList.toggle('open');
    toggle.setAttribute('aria-expanded', String(isOpen));
  });
  document.querySelector('.early').remove();
  document.body.prepend(
    h('a', { class: 'skip', href: '#content' }, texts.shell.skip),
    h('header', { class: 'frame' },
      h('a', { class: 'brand', href: '/', 'aria-label': texts.shell.home }, mark(), h('span', {}, 'LeadVille')),
      navigation, h('div', { class: 'frame-end' }, attention, state, time, toggle)),
    main);
  onConnection((name, text) => {
    state.dataset.state = name;
    setText(state, text);
  });
  const tick = () => {
    if (document.hidden) return;
    setText(time, clockTime(new Date(gatewayNow())));
    time.classList.toggle('differs', Math.abs(clockDifference()) > 5000);
    time.title = Math.abs(clockDifference()) > 5000 ? texts.shell.clockDiffers(Math.abs(clockDifference()) / 1000) : texts.shell.clock;
  };
  tick();
  setInterval(tick, 1000);
  if (page !== 'overview') watchProblems(attention);
  return main;
}

// The overview shows the problems themselves.
function watchProblems(attention) {
  const show = async () => {
    const count = await countProblems();
    attention.hidden = count === 0;
    setText(attention, texts.shell.attention(count));
  };
  setTimeout(() => poll(show, 15000), 1000);
}

function mark() {
  return svg('svg', { viewBox: '0 0 32 32', width: 28, height: 28, 'aria-hidden': 'true' },
    svg('rect', { width: 32, height: 32, rx: 8, fill: 'var(--accent)' }),
    svg('circle', { cx: 16, cy: 16, r: 9, fill: 'none', stroke: 'var(--on-accent)', 'stroke-width': 2.5 }),
    svg('circle', { cx: 16, cy: 16, r: 3, fill: 'var(--on-accent)' }));
}

// A heading with its content, one visual unit.
export function section(title, properties = {}, ...children) {
  return h('section', { class: 'panel', ...properties }, h('h2', {}, title), ...children);
}

// Says that something went wrong, for as long as it is worth reading.
export function announce(text, kind = 'error') {
  const note = h('p', { class: `toast ${kind}`, role: 'alert' }, text);
  document.querySelector('.toast')?.remove();
  document.body.append(note);
  setTimeout(() => note.remove(), 8000);
}

// A button that performs something: busy meanwhile, and a failure is said.
export function actionButton(label, action, properties = {}) {
  const button = h('button', { type: 'button', ...properties }, label);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await action();
    } catch (error) {
      announce(error.message);
    }
    button.disabled = false;
  });
  return button;
}
