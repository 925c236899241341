// One run: from a document of the API, and from the events that follow.

export class RunModel {
  constructor() {
    this.run = null;
  }

  // A run as `/api/runs` lists it. An answer that is older than the events since is left out.
  load(document) {
    if (this.run?.id === document.run_id && latest(this.run.events) > latest(document.events)) return;
    this.run = emptyRun(document.run_id, document.device_id);
    Object.assign(this.run, {
      state: document.state, shooter: document.shooter_name, stage: document.stage_name, started: document.start_time,
      summary: document.summary, events: document.events,
    });
    for (const shot of document.shots) this.run.shots.set(shot.shot, shot);
    for (const hit of document.hits) this.run.hits.set(hit.impact_id, hit);
  }

  // The numbers of events begin again.
  forget() {
    this.run = null;
  }

  // Returns false if the event belongs to a run that is not loaded.
  apply(event) {
    const { data } = event;
    if (event.event_type === 'run_started') {
      this.run = emptyRun(event.run_id, data.device_id);
      this.run.started = data.start_time;
    }
    const { run } = this;
    if (run === null || run.id !== event.run_id) return false;
    run.shooter = data.shooter_name;
    run.stage = data.stage_name;
    run.events.push(event.id);
    switch (event.event_type) {
      case 'run_started': break;
      case 'shot': case 'shot_final': run.shots.set(data.shot, data); break;
      case 'hit': run.hits.set(data.impact_id, { ...data, event: event.id }); break;
      default:
        run.summary = data;
        if (event.event_type !== 'run_updated') run.state = event.event_type.slice('run_'.length);
    }
    return true;
  }
}

const latest = (events) => events.reduce((most, id) => Math.max(most, id), 0);

function emptyRun(id, timer) {
  return {
    id, timer, state: 'started', shooter: null, stage: null, started: null, shots: new Map(), hits: new Map(), events: [], summary: null,
  };
}

export const shotsOf = (run) => [...run.shots.values()].sort((one, other) => one.shot - other.shot);
export const hitsOf = (run) => [...run.hits.values()].sort((one, other) => one.time - other.time);

// A hit carries the id of its target, or the sensor without one.
const targetNames = new Map();

export function nameTargets(targets) {
  for (const target of targets) targetNames.set(target.id, target.name);
}

export const targetOf = (hit) => targetNames.get(hit.target) ?? hit.target ?? hit.sensor_id;
export const isActive = (run) => run.state === 'started' || run.state === 'active' || run.state === 'unknown';

// Every target keeps its number, and so its colour, as long as the page is open.
const targetNumbers = new Map();

export function targetNumber(name) {
  if (!targetNumbers.has(name)) targetNumbers.set(name, targetNumbers.size);
  return targetNumbers.get(name);
}

// Hits that count, by target, in the order of the targets.
export function hitCounts(run) {
  const counts = new Map();
  for (const hit of run.hits.values()) {
    if (hit.shot !== null) counts.set(targetOf(hit), (counts.get(targetOf(hit)) ?? 0) + 1);
  }
  return [...counts].sort(([one], [other]) => targetNumber(one) - targetNumber(other));
}
