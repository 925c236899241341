// One device as a card: what it is, whether it works, and how well.
import { h, setText, showFacts, svg } from './dom.js';
import { age, span } from './format.js';
import { texts } from './texts.js';

// A card for `keyedList`. `edit(device)` opens the device's settings; a sensor can be dragged onto a target.
export function deviceCard(device, edit, assignment) {
  const name = h('h3', {});
  const kind = h('p', { class: 'quiet kind' });
  const stateText = h('span', {});
  const state = h('p', { class: 'badge' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), stateText);
  const battery = meter(texts.device.battery, batteryIcon());
  const signal = meter(texts.device.signal, signalIcon());
  const details = h('dl', { class: 'facts' });
  let current = device;
  const button = h('button', { type: 'button', class: 'plain', onclick: () => edit(current) }, texts.device.edit);
  const element = h('article', { class: 'card device', 'data-id': device.id },
    h('header', {}, roleIcon(device.role), h('div', { class: 'grow' }, name), state), kind,
    h('div', { class: 'meters' }, battery.element, signal.element), details, h('footer', {}, button));
  if (device.role === 'sensor') assignment.allowDragging(element, device.id);
  return {
    element,
    show: (shown) => {
      current = shown;
      setText(name, shown.name);
      setText(kind, texts.device.kind(shown.role, shown.family, shown.transport));
      kind.title = shown.id;
      element.dataset.state = shown.state;
      element.dataset.link = shown.link;
      setText(stateText, shown.state === 'in_use' ? texts.device.links[shown.link] : texts.device.states[shown.state]);
      button.setAttribute('aria-label', texts.device.editNamed(shown.name));
      battery.show(shown.battery, shown.battery === null ? null : `${shown.battery} %`, batteryLevel(shown.battery));
      signal.show(shown.signal, shown.signal === null ? null : `${shown.signal} dBm`, signalLevel(shown.signal));
      showFacts(details, factsOf(shown));
    },
  };
}

function factsOf(device) {
  const words = texts.device;
  const rows = [
    [words.lastSeen, device.link === 'connected' ? words.now : device.last_seen === null ? words.never : words.ago(span(age(device.last_seen)))],
    [words.rate, device.link === 'connected' && device.frames > 0 && device.rate !== undefined ? words.perSecond(device.rate.toFixed(device.rate < 10 ? 1 : 0)) : '–'],
    [words.drops, words.dropCounts(device.refused, device.losses)],
  ];
  if (device.role === 'sensor') rows.push([words.target, device.targetName ?? device.target ?? words.noTarget]);
  if (device.user !== null) rows.push([words.user, String(device.user)]);
  return rows;
}

function meter(label, icon) {
  const text = h('span', { class: 'live' });
  const element = h('p', { class: 'meter' }, icon, h('span', { class: 'hidden-text' }, `${label}: `), text);
  return {
    element,
    show: (value, shown, level) => {
      element.hidden = value === null;
      element.dataset.level = level;
      setText(text, shown ?? '');
      if (icon.dataset.kind === 'battery') icon.querySelector('.charge').setAttribute('width', 18 * (value ?? 0) / 100);
    },
  };
}

const batteryLevel = (percent) => (percent <= 10 ? 'bad' : percent <= 20 ? 'warn' : 'good');

// Four bars: excellent from -60 dBm, unusable below -90 dBm.
const signalLevel = (dBm) => (dBm === null ? '0' : String(Math.min(4, Math.max(1, Math.floor((dBm + 100) / 10)))));

function batteryIcon() {
  return svg('svg', { viewBox: '0 0 26 14', width: 26, height: 14, 'aria-hidden': 'true', 'data-kind': 'battery' },
    svg('rect', { x: 1, y: 1, width: 21, height: 12, rx: 3, class: 'outline' }),
    svg('rect', { x: 23.5, y: 4.5, width: 2, height: 5, rx: 1, class: 'pole' }),
    svg('rect', { x: 2.5, y: 2.5, width: 18, height: 9, rx: 1.5, class: 'charge' }));
}

function signalIcon() {
  return svg('svg', { viewBox: '0 0 22 14', width: 22, height: 14, 'aria-hidden': 'true', 'data-kind': 'signal' },
    [1, 2, 3, 4].map((bar) => svg('rect', { x: bar * 5.5 - 5, y: 14 - bar * 3.5, width: 4, height: bar * 3.5, rx: 1, class: `bar bar${bar}` })));
}

const rolePaths = {
  timer: 'M12 5a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 0V2m-3 0h6m-3 7v4l3 2',
  sensor: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 4.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zm0 4v1',
  heart: 'M12 20S3.5 15 3.5 9A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8.500 2C20.500 15 12 20 12 20z',
  mat: 'M4 4h16v16H4zM4 9.300h16M4 14.700h16M9.300 4v16M14.700 4v16',
  broker: 'M4 8a11 11 0 0 1 16 0M7 12a7 7 0 0 1 10 0M12 17h.01M4 20h16',
  meter: 'M4 18a8 8 0 1 1 16 0M12 18l4-6',
  phone: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zm3 15h2',
};

export function roleIcon(role) {
  return svg('svg', { viewBox: '0 0 24 24', width: 28, height: 28, class: 'role', 'aria-hidden': 'true' },
    svg('path', { d: rolePaths[role] ?? rolePaths.meter }));
}
