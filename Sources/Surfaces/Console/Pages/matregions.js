// The regions of a mat: their places, and the pressure in each.
import { get } from './api.js';
import { columnHeads, h, keyedList, setText } from './dom.js';
import { texts } from './texts.js';

const words = texts.mat;
const tables = new Map();

// The regions for mats of this size; none until they are loaded, then `ready()` is called.
export function regionsOf(rows, columns, ready) {
  const size = `${rows}x${columns}`;
  if (!tables.has(size)) {
    tables.set(size, []);
    get(`/api/mats/regions?rows=${rows}&columns=${columns}`).then(({ regions }) => {
      tables.set(size, regions.filter((region) => region.rows[0] < region.rows[1] && region.columns[0] < region.columns[1]));
      ready();
    }, () => tables.delete(size));
  }
  return tables.get(size);
}

// The mean and the greatest pressure of a region, of the cells that exist.
export function pressureIn(region, matrix) {
  let [sum, count, most] = [0, 0, 0];
  for (let row = region.rows[0]; row < region.rows[1]; row += 1) {
    for (let column = region.columns[0]; column < region.columns[1]; column += 1) {
      const value = matrix[row][column];
      if (value < 0) continue;
      sum += value;
      count += 1;
      most = Math.max(most, value);
    }
  }
  return { mean: count > 0 ? sum / count : 0, most };
}

// The table of the regions; `show(regions, matrix)` fills it.
export function regionTable() {
  const rows = h('tbody', {});
  const showRows = keyedList(rows, ({ region }) => region.name, ({ region }) => {
    const mean = h('td', { class: 'number' });
    const most = h('td', { class: 'number' });
    const share = h('meter', { min: 0, max: 1, 'aria-hidden': 'true' });
    const element = h('tr', {}, h('th', { scope: 'row' }, region.name), mean, most, h('td', { class: 'share' }, share));
    return {
      element,
      show: ({ value, peak }) => {
        setText(mean, value.mean.toFixed(1));
        setText(most, value.most.toFixed(1));
        share.value = peak > 0 ? value.mean / peak : 0;
      },
    };
  });
  const element = h('table', { class: 'regions live', id: 'regions' },
    h('thead', {}, h('tr', {}, columnHeads(words.regionColumns, 1, 2), h('td', {}))), rows);
  return {
    element,
    show: (regions, matrix) => {
      const values = regions.map((region) => pressureIn(region, matrix));
      const peak = Math.max(0, ...values.map((value) => value.mean));
      showRows(regions.map((region, index) => ({ region, value: values[index], peak })));
    },
  };
}
