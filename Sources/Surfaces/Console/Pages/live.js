// The one socket of a page. What it says of the present is hidden while it is not connected (`.live` in the style sheet).
import '/client.js';
import { setGatewayTime } from './format.js';
import { texts } from './texts.js';

const listeners = new Set();

// Calls `listener(state, text)` at every change of the connection.
export function onConnection(listener) {
  listeners.add(listener);
}

export function reportConnection(state, delay = 0) {
  document.body.dataset.connection = state;
  const text = state === 'waiting' ? texts.connection.waiting((delay / 1000).toFixed(1)) : texts.connection[state];
  for (const listener of listeners) listener(state, text);
}

export function socketAddress(path) {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
}

// - `channels`: of the live socket; null for other sockets
// - `options`: of the subscription, see client.js
// - `onready`: called after each connection: load what was missed
export function openSocket(path, { channels = null, options = {}, onevent = () => {}, onready = () => {} }) {
  const socket = new ReconnectingWebSocket(socketAddress(path));
  if (channels !== null) socket.subscribe(channels, options);
  socket.onstate = (state, delay, close) => {
    reportConnection(state, delay);
    if (state === 'connected') onready(socket);
    if (close) socket.onclosed?.(close);
  };
  socket.onevent = (event, text) => {
    if (event.event_type === 'connection_established') setGatewayTime(event.timestamp);
    onevent(event, text);
  };
  return socket;
}

export const openLive = (channels, onevent, onready, options) => openSocket('/ws/live', { channels, onevent, onready, options });
