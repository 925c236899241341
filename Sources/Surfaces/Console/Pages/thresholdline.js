// A threshold as a line across a picture: dragged, or moved with the keyboard.
import { h, setText } from './dom.js';
import { texts } from './texts.js';

// Small values matter beside large ones: the scale is that of their square roots.
export const placeOf = (value, top) => Math.sqrt(Math.max(0, value) / top);
const valueAt = (place, top) => top * Math.max(0, place) ** 2;
const steps = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };

// `changed(value)` is called with each new value.
export function thresholdLine(name, changed) {
  const label = h('span', {});
  const element = h('div', { class: 'threshold', hidden: true, role: 'slider', tabIndex: 0, 'aria-label': name, 'aria-orientation': 'vertical', 'aria-valuemin': 0 }, label);
  let [shown, top] = [0, 1];
  const least = () => top / 1000;
  const set = (value) => changed(Number(Math.min(top, Math.max(least(), value)).toPrecision(3)));
  element.addEventListener('keydown', (key) => {
    const step = steps[key.key];
    if (!step) return;
    key.preventDefault();
    // One in fifty: fine where thresholds are low.
    set(shown + step * Math.max(least(), shown / 50));
  });
  element.addEventListener('pointerdown', (down) => {
    down.preventDefault();
    element.focus();
    element.setPointerCapture(down.pointerId);
    const follow = (move) => {
      const { top: above, height } = element.parentElement.getBoundingClientRect();
      set(valueAt(1 - (move.clientY - above) / height, top));
    };
    element.addEventListener('pointermove', follow);
    for (const end of ['pointerup', 'pointercancel']) element.addEventListener(end, () => element.removeEventListener('pointermove', follow), { once: true });
  });
  return {
    element,
    show: (value, highest, unit) => {
      [shown, top] = [value, highest];
      element.hidden = false;
      element.style.top = `${100 * (1 - placeOf(value, highest))}%`;
      element.setAttribute('aria-valuemax', highest.toFixed(1));
      element.setAttribute('aria-valuenow', value.toFixed(1));
      element.setAttribute('aria-valuetext', texts.waveform.value(value.toFixed(1), unit));
      setText(label, `${name} ${texts.waveform.value(value.toFixed(1), unit)}`);
    },
  };
}
