// Line charts on a canvas: as sharp as the screen, with a scale, and gaps where there is no value.
import { colourOf } from './colours.js';

const margin = { left: 44, right: 12, top: 12, bottom: 12 };

// A canvas as large as its place; returns its pen and size in CSS pixels.
export function prepareCanvas(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext('2d');
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

// The scale follows the values, with a margin.
export function scaleOf(values, { margin: least, fallback }) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return fallback;
  let [low, high] = [Infinity, -Infinity];
  for (const value of known) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const room = Math.max(least, (high - low) * 0.1);
  return { low: Math.floor(low - room), high: Math.ceil(high + room) };
}

// - `lines`: `{ values, colour, width, dash, opacity }`; the newest value is at the right
// - `count`: how many values fit
// - `grid`: the values with a line; by default round ones
// - `marks`: `{ place, value, text, isChosen }`, samples to point at; `place` from 0 at the left to 1 at the right
export function drawChart(canvas, { lines, low, high, count, grid, unit = '', marks = [] }) {
  const { pen, width, height } = prepareCanvas(canvas);
  const x = (index) => margin.left + (width - margin.left - margin.right) * index / Math.max(1, count - 1);
  const y = (value) => height - margin.bottom - (height - margin.top - margin.bottom) * (value - low) / (high - low);
  drawGrid(pen, { low, high, grid, unit, width, height, y });
  pen.lineJoin = 'round';
  pen.lineCap = 'round';
  for (const { values, colour, width: lineWidth = 2, dash = [], opacity = 1 } of lines) {
    pen.strokeStyle = colour;
    pen.globalAlpha = opacity;
    pen.lineWidth = lineWidth;
    pen.setLineDash(dash);
    pen.beginPath();
    let isDown = false;
    const offset = count - values.length;
    values.forEach((value, index) => {
      if (value === null) {
        isDown = false;
      } else if (isDown) {
        pen.lineTo(x(offset + index), y(value));
      } else {
        pen.moveTo(x(offset + index), y(value));
        isDown = true;
      }
    });
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.globalAlpha = 1;
  for (const mark of marks) drawMark(pen, mark, { x: x(mark.place * (count - 1)), y: y(mark.value), width, height });
}

function drawMark(pen, { text, isChosen }, { x, y, width, height }) {
  pen.strokeStyle = colourOf(isChosen ? '--accent' : '--edge');
  pen.lineWidth = isChosen ? 2 : 1;
  pen.beginPath();
  pen.moveTo(x, margin.top);
  pen.lineTo(x, height - margin.bottom);
  pen.stroke();
  pen.beginPath();
  pen.arc(x, y, isChosen ? 7 : 4, 0, 2 * Math.PI);
  pen.fillStyle = colourOf(isChosen ? '--accent' : '--edge');
  pen.fill();
  if (!isChosen) return;
  pen.font = '600 12px system-ui, sans-serif';
  pen.textBaseline = 'top';
  pen.textAlign = x > width / 2 ? 'right' : 'left';
  const place = x + (x > width / 2 ? -10 : 10);
  const textWidth = pen.measureText(text).width + 4;
  pen.fillStyle = colourOf('--sheet');
  pen.fillRect(x > width / 2 ? place - textWidth : place - 2, 0, textWidth + 2, 14);
  pen.fillStyle = colourOf('--accent');
  pen.fillText(text, place, 0);
}

function drawGrid(pen, { low, high, grid, unit, width, height, y }) {
  pen.font = '12px system-ui, sans-serif';
  pen.textAlign = 'right';
  pen.textBaseline = 'middle';
  pen.lineWidth = 1;
  for (const value of grid ?? gridValues(low, high, Math.max(3, Math.floor(height / 44)))) {
    pen.strokeStyle = colourOf('--line');
    pen.beginPath();
    pen.moveTo(margin.left, Math.round(y(value)) + 0.5);
    pen.lineTo(width - margin.right, Math.round(y(value)) + 0.5);
    pen.stroke();
    pen.fillStyle = colourOf('--quiet');
    pen.fillText(`${value}`, margin.left - 6, y(value));
  }
  if (unit) {
    pen.textAlign = 'left';
    pen.fillStyle = colourOf('--sheet');
    pen.fillRect(margin.left + 2, margin.top - 8, pen.measureText(unit).width + 8, 16);
    pen.fillStyle = colourOf('--quiet');
    pen.fillText(unit, margin.left + 6, margin.top);
  }
}

// Round values, at most `most` of them.
export function gridValues(low, high, most) {
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((each) => (high - low) / each <= most) ?? 10000;
  const values = [];
  for (let index = Math.ceil(low / step); index * step <= high; index += 1) values.push(Number((index * step).toFixed(1)));
  return values;
}
