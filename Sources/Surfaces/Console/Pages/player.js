// Plays the frames of a workout: play, pause, speed, and a scrubber.
import { h, setText } from './dom.js';
import { texts } from './texts.js';
import { WorkoutFrames } from './workoutframes.js';

const words = texts.workouts;
const speeds = [0.25, 0.5, 1, 2, 4];

// - `show(frame, isNext)`: draws a frame; `isNext` if it follows the one before
// - `closed()`: back to the present
export function player(show, closed) {
  const title = h('strong', {});
  const place = h('input', { type: 'range', min: 0, max: 0, value: 0, 'aria-label': words.place, id: 'scrubber' });
  const readout = h('output', { class: 'quiet', htmlFor: 'scrubber' });
  const play = h('button', { type: 'button', class: 'primary', onclick: () => setPlaying(!isPlaying) }, words.play);
  const speed = h('select', { 'aria-label': words.speed }, speeds.map((each) => new Option(`${each} ×`, each, each === 1, each === 1)));
  const element = h('div', { class: 'player', hidden: true },
    h('p', { class: 'row' }, title, readout), place,
    h('p', { class: 'row' }, play, speed, h('button', { type: 'button', onclick: () => close() }, words.close)));
  let frames = null;
  let isPlaying = false;
  let shown = -1;
  let first = null;
  let began = null;

  function open(workout, name) {
    frames = new WorkoutFrames(workout._id, workout.frame_count, () => draw());
    place.max = workout.frame_count - 1;
    place.value = 0;
    [shown, first] = [-1, null];
    setText(title, name);
    element.hidden = false;
    setPlaying(true);
    play.focus();
  }

  function close() {
    setPlaying(false);
    frames = null;
    element.hidden = true;
    closed();
  }

  // Returns whether the frame is there.
  function draw() {
    if (!frames) return false;
    const index = Number(place.value);
    const frame = frames.at(index);
    if (index === 0 && frame) first = frame.received;
    if (!frame) {
      setText(readout, words.loading);
      return false;
    }
    const time = first === null ? '' : `${((frame.received - first) / 1000).toFixed(1)} s`;
    place.setAttribute('aria-valuetext', words.frame(index + 1, frames.count, time));
    setText(readout, words.frame(index + 1, frames.count, time));
    if (index !== shown) show(frame, index === shown + 1);
    shown = index;
    return true;
  }

  function setPlaying(wanted) {
    if (wanted && Number(place.value) === Number(place.max)) place.value = 0;
    isPlaying = wanted;
    began = null;
    setText(play, isPlaying ? words.pause : words.play);
    if (isPlaying) requestAnimationFrame(step);
  }

  // Frames are shown with the distances at which they came.
  function step(now) {
    if (!isPlaying || !frames) return;
    requestAnimationFrame(step);
    const present = frames.at(Number(place.value));
    if (!draw() || !present) {
      began = null;
      return;
    }
    began ??= { now, received: present.received };
    const due = began.received + (now - began.now) * Number(speed.value);
    let index = Number(place.value);
    while (index < Number(place.max)) {
      const next = frames.at(index + 1);
      if (!next || next.received > due) break;
      index += 1;
    }
    place.value = index;
    draw();
    if (index === Number(place.max)) setPlaying(false);
  }

  place.addEventListener('input', () => {
    began = null;
    draw();
  });
  speed.addEventListener('change', () => { began = null; });
  return { element, open, close, get isOpen() { return frames !== null; } };
}
