// A mat's frame as a picture, with the path of the centre of pressure.
import { heatGradient, heatTable } from './colours.js';
import { h, setText } from './dom.js';
import { pressureIn } from './matregions.js';

const trailLength = 120;
// A trail fades in so many steps.
const trailSteps = 8;
// Pixels of the longer side of the canvas with the trail: a soft line costs less than a sharp one.
const trailSize = 360;
const heatColours = new Uint32Array(heatTable.buffer);

// What is known of one mat: the latest frame, where the centre of pressure was, and the scale of the colours.
export class MatPicture {
  constructor() {
    this.trail = [];
    this.peak = 0;
  }

  // Returns what the frame says: total, peak, contact area and centre.
  receive(matrix) {
    const [rows, columns] = [matrix.length, matrix[0].length];
    let [total, peak, area, x, y] = [0, 0, 0, 0, 0];
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) peak = Math.max(peak, matrix[row][column]);
    }
    const threshold = Math.max(0.02 * this.peak, 0.05 * peak);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const value = matrix[row][column];
        if (value <= threshold) continue;
        total += value;
        area += 1;
        x += value * (column + 0.5);
        y += value * (row + 0.5);
      }
    }
    // The scale rises at once and falls slowly, so that colours stay comparable.
    this.peak = Math.max(peak, this.peak * 0.999);
    this.matrix = matrix;
    this.centre = total > 0 ? { x: x / total / columns, y: y / total / rows } : null;
    if (this.centre) this.trail.push(this.centre);
    if (this.trail.length > trailLength || !this.centre) this.trail.shift();
    return { total, peak, area: area / (rows * columns), centre: this.centre };
  }
}

// The picture has one pixel for each cell, and the browser enlarges it: that costs a slow processor least. The trail, on a canvas
// of its own, and the regions lie above it.
export class HeatMapView {
  constructor(label) {
    this.canvas = h('canvas', { id: 'map', role: 'img', 'aria-label': label });
    this.path = h('canvas', { 'aria-hidden': 'true' });
    this.regions = h('div', { class: 'region-frames', 'aria-hidden': 'true' });
    this.element = h('div', { class: 'heatmap' }, this.canvas, this.regions, this.path);
    this.drawn = null;
    // The width is known without asking for it at each frame.
    this.width = trailSize;
    new ResizeObserver(([{ contentRect }]) => { this.width = Math.max(1, contentRect.width); }).observe(this.element);
  }

  draw({ matrix, peak, trail }, { isSmooth, withTrail }) {
    const [rows, columns] = [matrix.length, matrix[0].length];
    this.resize(rows, columns);
    this.canvas.classList.toggle('smooth', isSmooth);
    const factor = 255 / Math.max(1e-9, peak);
    let place = 0;
    for (const row of matrix) {
      for (const value of row) {
        this.pixels[place] = heatColours[Math.min(255, Math.max(0, Math.round(value * factor)))];
        place += 1;
      }
    }
    this.canvas.getContext('2d').putImageData(this.image, 0, 0);
    this.path.hidden = !withTrail;
    if (withTrail) drawTrail(this.path, trail, this.width);
  }

  resize(rows, columns) {
    if (this.canvas.width === columns && this.canvas.height === rows && this.image) return;
    this.canvas.width = columns;
    this.canvas.height = rows;
    this.image = new ImageData(columns, rows);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.element.style.setProperty('--shape', columns / rows);
    const scale = trailSize / Math.max(rows, columns);
    this.path.width = Math.round(scale * columns);
    this.path.height = Math.round(scale * rows);
  }

  // The regions as frames with their names and mean pressures, as far as they fit.
  showRegions(regions, matrix) {
    const shape = JSON.stringify([regions, matrix.length, matrix[0].length]);
    if (this.drawn !== shape) {
      this.drawn = shape;
      const percent = (value, all) => `${100 * value / all}%`;
      this.regions.replaceChildren(...regions.map(({ name, rows: [top, bottom], columns: [left, right] }) => h('div', {
        style: `left: ${percent(left, matrix[0].length)}; width: ${percent(right - left, matrix[0].length)}; top: ${percent(top, matrix.length)}; height: ${percent(bottom - top, matrix.length)}`,
      }, h('b', {}, name), h('span', {}))));
    }
    regions.forEach((region, index) => setText(this.regions.children[index].lastElementChild, pressureIn(region, matrix).mean.toFixed(0)));
  }
}

// `shownWidth`: in CSS pixels, so that the line is as wide on every screen.
function drawTrail(canvas, trail, shownWidth) {
  const pen = canvas.getContext('2d');
  const { width, height } = canvas;
  pen.clearRect(0, 0, width, height);
  if (trail.length === 0) return;
  const pixel = width / shownWidth;
  pen.lineCap = 'round';
  pen.lineWidth = 2.5 * pixel;
  for (let step = 0; step < trailSteps; step += 1) {
    const [first, end] = [Math.floor(step * trail.length / trailSteps), Math.floor((step + 1) * trail.length / trailSteps)];
    pen.strokeStyle = `rgb(255 255 255 / ${(step + 1.5) / (trailSteps + 0.5)})`;
    pen.beginPath();
    for (let index = Math.max(0, first - 1); index < end; index += 1) pen.lineTo(trail[index].x * width, trail[index].y * height);
    pen.stroke();
  }
  const last = trail.at(-1);
  pen.beginPath();
  pen.arc(last.x * width, last.y * height, 8 * pixel, 0, 2 * Math.PI);
  pen.fillStyle = 'rgb(0 0 0 / 55%)';
  pen.fill();
  pen.lineWidth = 3 * pixel;
  pen.strokeStyle = '#fff';
  pen.stroke();
}

// The scale below the picture.
export const heatScale = () => h('div', { class: 'heatscale', 'aria-hidden': 'true', style: `background: ${heatGradient}` });
