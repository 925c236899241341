// A run as it happened: the beep, shots, hits by target, error bars, and an arc from each shot to its hit.
import { seriesVariable } from './colours.js';
import { svg } from './dom.js';
import { seconds } from './format.js';
import { hitsOf, shotsOf, targetNumber, targetOf } from './runmodel.js';
import { texts } from './texts.js';

const left = 112;
const narrowLeft = 12;
const right = 20;
const shotLane = 44;
const firstHitLane = 92;
const laneHeight = 36;
const axisHeight = 30;

// Draws into the SVG element; `explain(hit)` is called for a click on a hit.
export function drawTimeline(element, run, targets, parTimes, explain) {
  const width = element.parentElement.clientWidth;
  const isNarrow = width < 520;
  const begin = isNarrow ? narrowLeft : left;
  const [shots, hits] = [shotsOf(run), hitsOf(run)];
  const lanes = [...new Set([...targets, ...hits.map(targetOf)])];
  lanes.forEach(targetNumber);
  const height = firstHitLane + Math.max(1, lanes.length) * laneHeight + axisHeight;
  const end = spanOf(shots, hits, parTimes);
  const x = (time) => begin + (width - begin - right) * time / end;
  const y = (name) => firstHitLane + laneHeight * (lanes.indexOf(name) + 0.5);
  element.setAttribute('viewBox', `0 0 ${width} ${height}`);
  element.setAttribute('height', height);
  element.setAttribute('aria-label', texts.range.timelineLabel(shots.length, hits.filter((hit) => hit.shot !== null).length, seconds(shots.at(-1)?.time)));
  element.replaceChildren(
    ...axis(end, x, height, width),
    ...lanes.map((name) => svg('line', { x1: begin, x2: width - right, y1: y(name), y2: y(name), class: 'lane' })),
    ...parTimes.map((time) => parLine(time, x(time), height)),
    beep(x(0), height),
    ...hits.flatMap((hit) => arc(hit, run, x, y)),
    ...lanes.map((name) => laneName(name, y(name), begin, isNarrow)),
    ...shots.flatMap((shot, index) => shotMark(shot, x, index === shots.length - 1)),
    ...hits.flatMap((hit) => hitMark(hit, x(hit.time), y(targetOf(hit)), x(hit.error_seconds ?? 0) - x(0), explain)));
}

function spanOf(shots, hits, parTimes) {
  const last = Math.max(shots.at(-1)?.time ?? 0, hits.at(-1)?.time ?? 0, ...parTimes, 0);
  return Math.max(5, Math.ceil(last + 0.6));
}

function axis(end, x, height, width) {
  const step = [0.5, 1, 2, 5, 10, 20, 30, 60].find((each) => (width / (end / each)) > 46) ?? 120;
  const marks = [];
  for (let time = 0; time <= end; time += step) {
    marks.push(
      svg('line', { x1: x(time), x2: x(time), y1: 16, y2: height - axisHeight + 6, class: 'grid' }),
      svg('text', { x: x(time), y: height - 8, class: 'axis', 'text-anchor': 'middle' }, `${time}`));
  }
  return marks;
}

function laneName(name, y, begin, isNarrow) {
  const fill = seriesVariable(targetNumber(name));
  return isNarrow ? svg('text', { x: begin, y: y - 9, class: 'lane-name', fill }, name)
    : svg('text', { x: begin - 10, y: y + 4, class: 'lane-name', 'text-anchor': 'end', fill }, shortened(name));
}

const shortened = (name) => (name.length > 12 ? `${name.slice(0, 11)}…` : name);

function parLine(time, x, height) {
  return svg('g', { class: 'par' },
    svg('line', { x1: x, x2: x, y1: 18, y2: height - axisHeight + 6 }),
    svg('text', { x, y: 14, 'text-anchor': 'middle' }, texts.range.par(seconds(time))));
}

function beep(x, height) {
  return svg('g', { class: 'beep' },
    svg('line', { x1: x, x2: x, y1: 18, y2: height - axisHeight + 6 }),
    svg('text', { x: x + 4, y: 14 }, texts.range.beep));
}

function shotMark(shot, x, isLast) {
  const place = x(shot.time);
  const error = shot.error_seconds ? x(shot.error_seconds) - x(0) : 0;
  return [
    error > 1 && svg('line', { x1: place - error, x2: place + error, y1: shotLane, y2: shotLane, class: 'error' }),
    svg('g', { class: `shot${isLast ? ' last' : ''}${shot.final ? '' : ' open'}` },
      svg('title', {}, texts.range.shotTitle(shot.shot, seconds(shot.time), seconds(shot.split), shot.error_seconds)),
      svg('circle', { cx: place, cy: shotLane, r: 11 }),
      svg('text', { x: place, y: shotLane + 4, 'text-anchor': 'middle' }, String(shot.shot))),
  ].filter(Boolean);
}

function arc(hit, run, x, y) {
  const shot = hit.shot === null ? null : run.shots.get(hit.shot);
  if (!shot) return [];
  const [from, to] = [x(shot.time), x(hit.time)];
  const bottom = y(targetOf(hit));
  return [svg('path', {
    d: `M${from} ${shotLane + 11}C${from} ${(shotLane + bottom) / 2} ${to} ${(shotLane + bottom) / 2} ${to} ${bottom - 8}`,
    class: 'pair', stroke: seriesVariable(targetNumber(targetOf(hit))), 'stroke-opacity': 0.35 + 0.6 * (hit.confidence ?? 0.5),
  })];
}

function hitMark(hit, x, y, error, explain) {
  const colour = seriesVariable(targetNumber(targetOf(hit)));
  const isStray = hit.shot === null;
  return [
    error > 1 && svg('line', { x1: x - error, x2: x + error, y1: y, y2: y, class: 'error' }),
    svg('g', { class: `hit${isStray ? ' stray' : ''}`, onclick: () => explain(hit) },
      svg('title', {}, texts.range.hitTitle(targetOf(hit), hit.shot, seconds(hit.time), hit.confidence)),
      // A large invisible circle is easy to touch.
      svg('circle', { cx: x, cy: y, r: 16, fill: 'transparent' }),
      isStray ? svg('circle', { cx: x, cy: y, r: 6, fill: 'var(--sheet)', stroke: colour, 'stroke-width': 2.5 })
        : svg('circle', { cx: x, cy: y, r: 8, fill: colour })),
  ].filter(Boolean);
}
