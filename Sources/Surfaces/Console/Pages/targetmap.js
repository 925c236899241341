// The targets at their places as the shooter sees them, with the hits of the run. A target is moved by dragging or with
// the arrow keys.
import { change } from './api.js';
import { seriesVariable } from './colours.js';
import { svg } from './dom.js';
import { hitsOf, targetNumber, targetOf } from './runmodel.js';
import { announce } from './shell.js';
import { texts } from './texts.js';

const words = texts.targetMap;
const height = 260;
const margin = { x: 60, top: 40, bottom: 62 };
const radius = 24;
// A drag shorter than this is a click.
const leastDrag = 4;
const keySteps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class TargetMap {
  // `saved()` returns the targets after one was moved.
  constructor(saved) {
    this.saved = saved;
    this.saving = new Map();
    this.element = svg('svg', { class: 'targetmap', role: 'group', 'aria-label': words.label, width: '100%', height });
    this.ground = svg('line', { class: 'ground', x1: 0, x2: '100%' });
    this.element.append(this.ground);
    this.marks = new Map();
    this.targets = [];
    this.moving = null;
  }

  show(targets, run) {
    if (this.moving) return;
    this.targets = targets;
    this.run = run;
    this.draw();
  }

  draw() {
    const width = this.element.parentElement?.clientWidth || 320;
    this.element.setAttribute('viewBox', `0 0 ${width} ${height}`);
    if (!this.moving) this.area = areaOf(this.targets, width);
    const ground = this.area.place({ x: 0, y: 0 })[1];
    this.ground.setAttribute('y1', ground);
    this.ground.setAttribute('y2', ground);
    const known = new Set(this.targets.map((target) => target.id));
    for (const [id, mark] of this.marks) {
      if (known.has(id)) continue;
      mark.element.remove();
      this.marks.delete(id);
    }
    const hits = this.run ? hitsOf(this.run).filter((hit) => hit.shot !== null) : [];
    const latest = Math.max(0, ...hits.map((hit) => hit.shot));
    this.targets.forEach((target, index) => {
      if (!this.marks.has(target.id)) this.add(target);
      const shots = hits.filter((hit) => targetOf(hit) === target.name).map((hit) => hit.shot);
      this.marks.get(target.id).show(target, this.area.place(target.location ?? unplaced(index, this.targets, this.area)), shots, shots.includes(latest));
    });
  }

  add(target) {
    const circle = svg('circle', { r: radius });
    const count = svg('text', { class: 'count', 'text-anchor': 'middle', y: 6 });
    const name = svg('text', { class: 'name', 'text-anchor': 'middle', y: radius + 18 });
    const shots = svg('text', { class: 'shots', 'text-anchor': 'middle', y: radius + 34 });
    const element = svg('g', { class: 'place', tabindex: 0, role: 'button', 'data-target': target.id }, circle, count, name, shots);
    element.style.setProperty('--target', seriesVariable(targetNumber(target.name)));
    this.element.append(element);
    this.marks.set(target.id, {
      element,
      show: (shown, [x, y], hit, isLatest) => {
        element.setAttribute('transform', `translate(${x} ${y})`);
        element.classList.toggle('unplaced', !shown.location);
        element.classList.toggle('latest', isLatest);
        element.setAttribute('aria-label', words.target(shown.name, hit, shown.location));
        count.textContent = String(hit.length);
        name.textContent = shown.name;
        shots.textContent = hit.length > 0 ? words.shots(hit) : '';
      },
    });
    element.addEventListener('pointerdown', (down) => this.drag(target.id, element, down));
    element.addEventListener('keydown', (key) => {
      const step = keySteps[key.key];
      if (!step) return;
      key.preventDefault();
      const size = (key.shiftKey ? 1 : 0.1);
      const from = this.locationOf(target.id);
      this.move(target.id, { x: from.x + step[0] * size, y: from.y + step[1] * size });
      clearTimeout(this.saving.get(target.id));
      this.saving.set(target.id, setTimeout(() => this.save(target.id), 600));
    });
  }

  locationOf(id) {
    const index = this.targets.findIndex((target) => target.id === id);
    return this.targets[index].location ?? unplaced(index, this.targets, this.area);
  }

  drag(id, element, down) {
    element.setPointerCapture(down.pointerId);
    const from = this.locationOf(id);
    let isDragged = false;
    const follow = (move) => {
      const [dx, dy] = [move.clientX - down.clientX, move.clientY - down.clientY];
      isDragged ||= Math.hypot(dx, dy) >= leastDrag;
      if (isDragged) this.move(id, { x: from.x + dx / this.area.scale, y: from.y - dy / this.area.scale });
    };
    const end = () => {
      element.removeEventListener('pointermove', follow);
      if (isDragged) this.save(id);
    };
    element.addEventListener('pointermove', follow);
    element.addEventListener('pointerup', end, { once: true });
    element.addEventListener('pointercancel', end, { once: true });
  }

  move(id, location) {
    this.moving = id;
    const round = (value) => Math.round(value * 100) / 100;
    this.targets = this.targets.map((target) => (target.id === id ? { ...target, location: { x: round(location.x), y: round(location.y) } } : target));
    this.draw();
  }

  async save(id) {
    const { name, location, rack } = this.targets.find((target) => target.id === id);
    try {
      await change('PUT', `/api/targets/${encodeURIComponent(id)}`, { name, location, rack });
    } catch (error) {
      announce(error.message);
    }
    this.targets = await this.saved().catch(() => this.targets);
    this.moving = null;
    this.draw();
  }
}

// The part of the range that is drawn, in the unit of the places; at least a few of them, so that one target can be moved.
function areaOf(targets, width) {
  const places = targets.flatMap((target) => target.location ?? []);
  const [xs, ys] = [places.map((place) => place.x), places.map((place) => place.y)];
  const [left, right] = [Math.min(-2, ...xs), Math.max(2, ...xs)];
  const [low, high] = [Math.min(0, ...ys), Math.max(2, ...ys)];
  const scale = Math.min((width - 2 * margin.x) / (right - left), (height - margin.top - margin.bottom) / (high - low));
  const middle = (left + right) / 2;
  return { scale, left, right, low, place: ({ x, y }) => [width / 2 + (x - middle) * scale, height - margin.bottom - (y - low) * scale] };
}

// Targets without a place stand in a row.
function unplaced(index, targets, { left, right, low }) {
  return { x: left + (right - left) * (index + 0.5) / targets.length, y: low };
}
