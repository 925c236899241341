// Colours that people with any colour vision can tell apart, from the style sheet's variables, for canvas and SVG.

export const seriesCount = 8;

export const seriesVariable = (number) => `var(--series-${number % seriesCount})`;

// After eight series the lines are dashed.
export const seriesDash = (number) => (Math.floor(number / seriesCount) % 2 === 0 ? [] : [6, 4]);

const resolved = new Map();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => resolved.clear());

// The present value of a variable such as `--ink`: the canvas does not know variables.
export function colourOf(variable) {
  if (!resolved.has(variable)) {
    const probe = document.createElement('i');
    probe.style.color = `var(${variable})`;
    document.body.append(probe);
    resolved.set(variable, getComputedStyle(probe).color);
    probe.remove();
  }
  return resolved.get(variable);
}

export const seriesColour = (number) => colourOf(`--series-${number % seriesCount}`);

// From dark blue over green to yellow: rising brightness, so that it reads the same without colour.
const heatStops = [[26, 12, 58], [70, 45, 124], [56, 88, 140], [38, 130, 142], [31, 161, 135], [86, 198, 103], [165, 219, 54], [253, 231, 37]];

export const heatGradient = `linear-gradient(to right, ${heatStops.map((stop) => `rgb(${stop.join(' ')})`).join(', ')})`;

export const heatTable = new Uint8ClampedArray(256 * 4);
for (let index = 0; index < 256; index += 1) {
  const place = index / 255 * (heatStops.length - 1);
  const low = heatStops[Math.floor(place)];
  const high = heatStops[Math.min(Math.floor(place) + 1, heatStops.length - 1)];
  for (let part = 0; part < 3; part += 1) {
    heatTable[index * 4 + part] = low[part] + (high[part] - low[part]) * (place - Math.floor(place));
  }
  heatTable[index * 4 + 3] = 255;
}
