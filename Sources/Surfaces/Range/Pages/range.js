// The page at /range: the current string, its hits and the latest runs.
'use strict';

const element = (id) => document.getElementById(id);
const shownRuns = 10;
let run = null;

const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const live = new ReconnectingWebSocket(`${scheme}://${location.host}/ws/live`);
live.subscribe(['run_update']);

live.onstate = (state, delay) => {
  element('state').dataset.state = state;
  element('state').textContent = state === 'waiting' ? `reconnecting in ${(delay / 1000).toFixed(1)} s` : state;
  // Events during the disconnection are not repeated.
  if (state === 'connected') list();
};

live.onevent = (event) => {
  if (event.type !== 'run_update') return;
  const data = event.data;
  if (event.event_type === 'run_started') run = empty(event.run_id);
  if (run === null || run.id !== event.run_id) {
    list();
    return;
  }
  run.shooter = data.shooter_name;
  run.stage = data.stage_name;
  if (event.event_type === 'shot' || event.event_type === 'shot_final') run.shots.set(data.shot, data);
  else if (event.event_type === 'hit') run.hits.set(data.impact_id, data);
  else if (event.event_type !== 'run_started') run.summary = data;
  if (event.event_type.startsWith('run_')) {
    if (event.event_type !== 'run_updated') run.state = event.event_type.slice('run_'.length);
    list();
  }
  draw();
};

function empty(id) {
  return { id, state: 'started', shooter: null, stage: null, shots: new Map(), hits: new Map(), summary: null };
}

// Loads a run from the API when its events were missed.
function take(document) {
  run = empty(document.run_id);
  run.state = document.state;
  run.shooter = document.shooter_name;
  run.stage = document.stage_name;
  for (const shot of document.shots) run.shots.set(shot.shot, shot);
  for (const hit of document.hits) run.hits.set(hit.impact_id, hit);
  run.summary = document.summary;
  draw();
}

const seconds = (value) => value.toFixed(2);
const nameOf = (hit) => hit.target ?? hit.sensor_id;

function rows(id, lines, columns, nothing) {
  const body = element(id);
  body.replaceChildren(...lines.map((cells) => {
    const row = document.createElement('tr');
    for (const cell of cells) {
      const place = row.insertCell();
      place.textContent = cell;
      if (/^[\d.]+$/.test(cell)) place.className = 'number';
    }
    return row;
  }));
  if (lines.length > 0) return;
  const place = body.insertRow().insertCell();
  place.colSpan = columns;
  place.className = 'quiet';
  place.textContent = nothing;
}

function draw() {
  const who = [run.shooter, run.stage].filter((name) => name !== null).join(', ');
  element('title').textContent = `${run.id}${who ? ` – ${who}` : ''}`;
  element('title').dataset.state = run.state;
  const shots = [...run.shots.values()].sort((one, other) => one.shot - other.shot);
  const hits = [...run.hits.values()];
  const last = shots.length > 0 ? shots[shots.length - 1].time : 0;
  element('numbers').textContent = `${run.state}, ${shots.length} shots, ${seconds(last)} s`;
  rows('shots', shots.map((shot) => [
    String(shot.shot), seconds(shot.time), seconds(shot.split),
    hits.filter((hit) => hit.shot === shot.shot).map(nameOf).join(', '),
  ]), 4, 'Waiting for the first shot.');
  const counts = new Map();
  for (const hit of hits.filter((hit) => hit.shot !== null)) counts.set(nameOf(hit), (counts.get(nameOf(hit)) ?? 0) + 1);
  rows('targets', [...counts].map(([name, count]) => [name, String(count)]), 2, 'No hits yet.');
}

let listing = false;
let listAgain = false;
async function list() {
  if (listing) {
    listAgain = true;
    return;
  }
  listing = true;
  try {
    const answer = await fetch(`/api/runs?limit=${shownRuns}`);
    if (answer.ok) {
      const { runs } = await answer.json();
      if (run === null && runs.length > 0) take(runs[0]);
      rows('runs', runs.map((each) => [
        each.run_id, new Date(each.start_time).toLocaleTimeString(), each.shooter_name ?? '', each.stage_name ?? '',
        String(each.summary.shots), String(each.summary.hits), seconds(each.summary.total_time), each.state,
      ]), 8, 'No runs yet.');
    }
  } catch {
    // Disconnected: the live socket shows it, and reloads when it reconnects.
  } finally {
    listing = false;
    if (listAgain) {
      listAgain = false;
      list();
    }
  }
}
