// A mat's frame as a picture, with the path of the centre of pressure.
import { prepareCanvas } from './chart.js';
import { heatTable } from './colours.js';
import { pressureIn } from './matregions.js';

const trailLength = 120;
// A trail fades in so many steps.
const trailSteps = 8;
const heatColours = new Uint32Array(heatTable.buffer);

export class HeatMap {
  constructor(canvas) {
    this.canvas = canvas;
    this.cells = document.createElement('canvas');
    this.trail = [];
    this.peak = 0;
    this.isSmooth = false;
    this.withTrail = true;
    this.regions = [];
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

  draw() {
    if (!this.matrix) return;
    const { pen, width, height } = prepareCanvas(this.canvas);
    const [rows, columns] = [this.matrix.length, this.matrix[0].length];
    this.paintCells(rows, columns);
    const scale = Math.min(width / columns, height / rows);
    const [w, h] = [columns * scale, rows * scale];
    const [left, top] = [(width - w) / 2, (height - h) / 2];
    pen.imageSmoothingEnabled = this.isSmooth;
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(this.cells, left, top, w, h);
    drawRegions(pen, this.regions, this.matrix, { left, top, scale });
    if (this.withTrail) drawTrail(pen, this.trail, (point) => [left + point.x * w, top + point.y * h]);
  }

  paintCells(rows, columns) {
    if (this.cells.width !== columns || this.cells.height !== rows) {
      this.cells.width = columns;
      this.cells.height = rows;
      this.image = new ImageData(columns, rows);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    const factor = 255 / Math.max(1e-9, this.peak);
    let place = 0;
    for (const row of this.matrix) {
      for (const value of row) {
        this.pixels[place] = heatColours[Math.min(255, Math.max(0, Math.round(value * factor)))];
        place += 1;
      }
    }
    this.cells.getContext('2d').putImageData(this.image, 0, 0);
  }
}

// The regions as frames with their mean pressures; text where it fits.
function drawRegions(pen, regions, matrix, { left, top, scale }) {
  pen.lineWidth = 1.5;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  for (const region of regions) {
    const [x, y] = [left + region.columns[0] * scale, top + region.rows[0] * scale];
    const [w, h] = [(region.columns[1] - region.columns[0]) * scale, (region.rows[1] - region.rows[0]) * scale];
    pen.strokeStyle = 'rgb(255 255 255 / 75%)';
    pen.strokeRect(x + 0.75, y + 0.75, w - 1.5, h - 1.5);
    const lines = [region.name, pressureIn(region, matrix).mean.toFixed(0)];
    pen.font = '600 13px system-ui, sans-serif';
    const fitting = lines.filter((line, index) => pen.measureText(line).width < w - 8 && (index === 1 || h > 44));
    if (h < 20) continue;
    fitting.forEach((line, index) => {
      const middle = y + h / 2 + (index - (fitting.length - 1) / 2) * 18;
      const width = pen.measureText(line).width + 10;
      pen.fillStyle = 'rgb(0 0 0 / 55%)';
      pen.fillRect(x + w / 2 - width / 2, middle - 9, width, 18);
      pen.fillStyle = '#fff';
      pen.fillText(line, x + w / 2, middle);
    });
  }
}

function drawTrail(pen, trail, place) {
  if (trail.length === 0) return;
  pen.lineCap = 'round';
  pen.lineWidth = 2.5;
  for (let step = 0; step < trailSteps; step += 1) {
    const [first, end] = [Math.floor(step * trail.length / trailSteps), Math.floor((step + 1) * trail.length / trailSteps)];
    pen.strokeStyle = `rgb(255 255 255 / ${(step + 1.5) / (trailSteps + 0.5)})`;
    pen.beginPath();
    pen.moveTo(...place(trail[Math.max(0, first - 1)]));
    for (const point of trail.slice(first, end)) pen.lineTo(...place(point));
    pen.stroke();
  }
  const [x, y] = place(trail.at(-1));
  pen.beginPath();
  pen.arc(x, y, 8, 0, 2 * Math.PI);
  pen.fillStyle = 'rgb(0 0 0 / 55%)';
  pen.fill();
  pen.lineWidth = 3;
  pen.strokeStyle = '#fff';
  pen.stroke();
}

// The scale below the picture, when its size has changed.
export function drawScale(canvas) {
  const size = canvas.clientWidth * (window.devicePixelRatio || 1);
  if (canvas.dataset.size === String(size)) return;
  canvas.dataset.size = size;
  const { pen, width, height } = prepareCanvas(canvas);
  for (let x = 0; x < width; x += 1) {
    const colour = 4 * Math.round(255 * x / Math.max(1, width - 1));
    pen.fillStyle = `rgb(${heatTable[colour]} ${heatTable[colour + 1]} ${heatTable[colour + 2]})`;
    pen.fillRect(x, 0, 1, height);
  }
}
