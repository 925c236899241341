// One target: its sensor, and the ways to give it another one.
import { h, setText } from './dom.js';
import { texts } from './texts.js';

const words = texts.targets;

// A card for `keyedList`.
// - `assignment`: see assignment.js
// - `tapped()`: the wait for a tap began or ended
// - `footer`: further buttons
export function targetCard(target, { assignment, tapped, footer = [] }) {
  let current = target;
  const title = h('h3', {});
  const mounted = h('p', { class: 'quiet' });
  const choice = h('select', { onchange: () => assignment.mount(choice.value === '' ? null : choice.value, current) });
  const tap = h('button', { type: 'button', onclick: () => wait() }, words.tap);
  const element = h('article', { class: 'card target', 'data-target': target.id },
    h('div', { class: 'grow' }, title, mounted), h('label', {}, words.sensor, choice), h('footer', { class: 'row' }, tap, footer));
  assignment.allowDropping(element, () => current);

  function wait() {
    assignment.waitForTap(assignment.waiting?.id === current.id ? null : current);
    tapped();
  }

  return {
    element,
    // `shown.choices`: the sensors that can be chosen, with `id` and `name`.
    show: (shown) => {
      current = shown;
      setText(title, shown.name);
      setText(mounted, shown.sensors.length > 0 ? words.mounted(shown.sensors.map(assignment.nameOf).join(', ')) : words.empty);
      const isWaiting = assignment.waiting?.id === shown.id;
      element.classList.toggle('waiting', isWaiting);
      setText(tap, isWaiting ? words.cancelTap : words.tap);
      tap.setAttribute('aria-label', isWaiting ? words.cancelTapNamed(shown.name) : words.tapNamed(shown.name));
      choice.setAttribute('aria-label', words.sensorOf(shown.name));
      const wanted = JSON.stringify([shown.sensors, shown.choices]);
      if (choice.dataset.shown === wanted || document.activeElement === choice) return;
      choice.dataset.shown = wanted;
      const present = shown.sensors[0] ?? '';
      choice.replaceChildren(...[{ id: '', name: words.noSensor }, ...shown.choices].map(({ id, name }) => new Option(name, id, id === present, id === present)));
    },
  };
}
