// The frames of a stored workout, in the binary format of docs/pressure.md: loaded in parts as they are needed.

const partLength = 256;
const keptParts = 6;
const headerBytes = 8;
const readers = { 1: 'getUint8', 2: 'getInt16', 4: 'getInt32', 8: 'getFloat64' };

export class WorkoutFrames {
  // `arrived()` is called when frames that were missing are there.
  constructor(id, count, arrived) {
    this.id = id;
    this.count = count;
    this.arrived = arrived;
    this.parts = new Map();
  }

  // The frame, or null while it is being loaded.
  at(index) {
    const part = Math.floor(index / partLength);
    const frames = this.load(part);
    // The next part is loaded before it is shown.
    if (frames && index % partLength > partLength / 2 && (part + 1) * partLength < this.count) this.load(part + 1);
    return frames?.[index % partLength] ?? null;
  }

  load(part) {
    const known = this.parts.get(part);
    if (known === undefined) {
      this.parts.set(part, null);
      this.request(part);
    }
    return known ?? null;
  }

  async request(part) {
    try {
      const response = await fetch(`/api/workouts/${this.id}/frames?format=binary&from=${part * partLength}&limit=${partLength}`);
      if (!response.ok) throw new Error(response.statusText);
      this.parts.set(part, decodeFrames(await response.arrayBuffer()));
      for (const old of [...this.parts.keys()].slice(0, Math.max(0, this.parts.size - keptParts))) this.parts.delete(old);
      this.arrived();
    } catch {
      // Asked again with the next frame that is wanted.
      setTimeout(() => {
        this.parts.delete(part);
        this.arrived();
      }, 1000);
    }
  }
}

export function decodeFrames(buffer) {
  const view = new DataView(buffer);
  const frames = [];
  let place = headerBytes;
  while (place + 4 <= view.byteLength) {
    const end = place + 4 + view.getUint32(place, true);
    frames.push(decodeFrame(view, place + 4));
    place = end;
  }
  return frames;
}

function decodeFrame(view, begin) {
  const [rows, columns] = [view.getUint16(begin + 20, true), view.getUint16(begin + 22, true)];
  const [size, decimals] = [view.getUint8(begin + 24), view.getUint8(begin + 25)];
  const scale = size === 8 ? 1 : 10 ** decimals;
  const matrix = [];
  let place = begin + 26;
  for (let row = 0; row < rows; row += 1) {
    const cells = new Array(columns);
    for (let column = 0; column < columns; column += 1) {
      const value = view[readers[size]](place, true);
      cells[column] = size === 1 ? value - 1 : value / scale;
      place += size;
    }
    matrix.push(cells);
  }
  return { received: view.getFloat64(begin + 4, true), matrix };
}
