// How to join the gateway's own Wi-Fi network: in words, and as a code for the camera of a phone.
import { h, setText, svg } from './dom.js';
import { section } from './shell.js';
import { texts } from './texts.js';

const words = texts.tokens;
// A reader needs light around the code.
const margin = 4;

export function accessPointPanel() {
  const text = h('p', {});
  const picture = h('div', {});
  const element = section(words.joinTitle, { id: 'join', hidden: true }, text, picture);
  let drawn = null;
  const show = (point) => {
    element.hidden = !point.on;
    if (!point.on || point.text === drawn) return;
    drawn = point.text;
    setText(text, words.join(point.name, point.password));
    picture.replaceChildren(drawing(point));
  };
  return { element, show };
}

function drawing({ name, code }) {
  const size = code.length + 2 * margin;
  const dark = code.flatMap((row, y) => [...row].map((module, x) => (module === '1' ? `M${x + margin} ${y + margin}h1v1h-1z` : '')));
  return svg('svg', {
    viewBox: `0 0 ${size} ${size}`, width: 240, height: 240, role: 'img', 'aria-label': words.joinPicture(name), 'shape-rendering': 'crispEdges',
  }, svg('rect', { width: size, height: size, fill: '#fff' }), svg('path', { d: dark.join(''), fill: '#000' }));
}
