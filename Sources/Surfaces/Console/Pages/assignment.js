// Which sensor is mounted on which target: by dragging, by choosing from a list, or by tapping the plate.
import { change } from './api.js';
import { announce } from './shell.js';
import { texts } from './texts.js';

const words = texts.targets;
const dragged = 'text/plain';

// What people call each sensor; those of the same name are told apart by the end of their ids.
export function distinctNames(sensors) {
  const isShared = (name) => sensors.filter((sensor) => sensor.name === name).length > 1;
  return new Map(sensors.map(({ id, name }) => [id, isShared(name) ? `${name} ${id.slice(-5)}` : name]));
}

// Shows that the sensor of this card has felt an impact.
export function flash(card) {
  if (!card) return;
  card.classList.remove('felt');
  requestAnimationFrame(() => card.classList.add('felt'));
  setTimeout(() => card.classList.remove('felt'), 1500);
}

export class Assignment {
  // `changed()` reloads what the page shows; `nameOf(sensor)` is what people call it.
  constructor(nameOf, changed) {
    this.nameOf = nameOf;
    this.changed = changed;
    this.waiting = null;
  }

  assign(sensor, target) {
    return this.send(`/api/sensors/${encodeURIComponent(sensor)}/target`, { target });
  }

  // The sensor is the only one of its target; null leaves it without one.
  mount(sensor, { id, name, location, rack }) {
    return this.send(`/api/targets/${encodeURIComponent(id)}`, { name, location, rack, sensors: sensor === null ? [] : [sensor] });
  }

  async send(path, body) {
    try {
      await change('PUT', path, body);
    } catch (error) {
      announce(error.message);
    }
    this.changed();
  }

  // The sensor that feels the next impact belongs to this target; null ends the wait.
  waitForTap(target) {
    this.waiting = target;
  }

  // Returns what to say about an impact.
  feel(sensor) {
    const target = this.waiting;
    if (target === null) return words.felt(this.nameOf(sensor));
    this.waiting = null;
    this.mount(sensor, target);
    return words.tapped(this.nameOf(sensor), target.name);
  }

  allowDragging(element, sensor) {
    element.draggable = true;
    element.addEventListener('dragstart', (drag) => {
      if (drag.target !== element) return;
      drag.dataTransfer.setData(dragged, sensor);
      // The targets come into sight; not at once, because that would end the drag.
      setTimeout(() => document.body.classList.add('dragging'));
    });
    element.addEventListener('dragend', () => document.body.classList.remove('dragging'));
  }

  // `target()` is asked when something is dropped.
  allowDropping(element, target) {
    const mark = (isOver) => element.classList.toggle('drop', isOver);
    element.addEventListener('dragover', (drag) => {
      drag.preventDefault();
      mark(true);
    });
    element.addEventListener('dragleave', () => mark(false));
    element.addEventListener('drop', (drop) => {
      drop.preventDefault();
      mark(false);
      this.mount(drop.dataTransfer.getData(dragged), target());
    });
  }
}
