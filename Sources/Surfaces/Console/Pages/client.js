// A WebSocket that reconnects automatically: after 2 s at first, 1.5 times as long each time, up to 30 s. The gateway
// serves it as /client.js for your own pages:
//
//   const live = new ReconnectingWebSocket('ws://range.local:8000/ws/live');
//   live.subscribe(['timer_event', 'heart_rate']);
//   live.onevent = (event) => console.log(event.type, event.event_type, event);
//
// Subscriptions are renewed after each reconnect, and events that were missed meanwhile come first. Frames of mats cost
// least as binary messages, and no more of them than are shown:
//
//   live.subscribe(['pressure'], { encoding: 'binary', rate: 30 });
'use strict';

// A frame of a mat in the binary format of docs/clients.md, as the event that it is in JSON.
function pressureFrame(buffer) {
  const view = new DataView(buffer);
  const headerBytes = 28;
  if (buffer.byteLength < headerBytes || view.getUint8(0) !== 0x50 || view.getUint8(1) !== 1) throw new RangeError('not a frame of a mat');
  const [cellBytes, nameBytes] = [view.getUint8(2), view.getUint8(3)];
  const [rows, columns] = [view.getUint16(24, true), view.getUint16(26, true)];
  const frame = view.getUint32(20, true);
  const matrix = [];
  let place = headerBytes + nameBytes;
  for (let row = 0; row < rows; row += 1) {
    const cells = new Array(columns);
    for (let column = 0; column < columns; column += 1) {
      cells[column] = cellBytes === 1 ? view.getUint8(place) - 1 : view.getInt16(place, true) / 100;
      place += cellBytes;
    }
    matrix.push(cells);
  }
  return {
    type: 'pressure', event_type: 'pressure_frame', id: Number(view.getBigUint64(4, true)),
    timestamp: new Date(view.getFloat64(12, true)).toISOString(), device_id: new TextDecoder().decode(new Uint8Array(buffer, headerBytes, nameBytes)),
    data: { ...(frame === 0xFFFFFFFF ? {} : { frame }), rows, columns, matrix },
  };
}

class ReconnectingWebSocket {
  constructor(url, options = {}) {
    this.url = url;
    this.firstDelay = options.firstDelay ?? 2000;
    this.maximumDelay = options.maximumDelay ?? 30000;
    this.delay = this.firstDelay;
    this.channels = null;
    this.delivery = {};
    this.latestID = null;
    this.onstate = () => {};
    this.onevent = () => {};
    this.connect();
  }

  get isOpen() {
    return this.socket !== undefined && this.socket.readyState === WebSocket.OPEN;
  }

  connect() {
    clearTimeout(this.timer);
    this.wanted = true;
    this.onstate('connecting', 0);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.delay = this.firstDelay;
      // Without channels the gateway continues with those of this connection.
      if (this.channels !== null || this.latestID !== null) this.sendSubscription();
      this.onstate('connected', 0);
    };
    socket.onmessage = (message) => {
      let event;
      try {
        event = typeof message.data === 'string' ? JSON.parse(message.data) : pressureFrame(message.data);
      } catch {
        event = { type: 'text', text: String(message.data) };
      }
      // Frames of mats are not sent again, and may come late.
      if (Number.isInteger(event.id) && event.type !== 'pressure') this.latestID = event.id;
      this.onevent(event, message.data);
    };
    socket.onclose = (close) => {
      // Ignore events of a replaced socket.
      if (socket !== this.socket) return;
      if (!this.wanted) {
        this.onstate('disconnected', 0, close);
        return;
      }
      const delay = this.delay;
      this.delay = Math.min(this.delay * 1.5, this.maximumDelay);
      this.onstate('waiting', delay, close);
      this.timer = setTimeout(() => this.connect(), delay);
    };
  }

  // Closes the connection until `connect` is called.
  disconnect() {
    this.wanted = false;
    clearTimeout(this.timer);
    if (this.socket !== undefined && this.socket.readyState <= WebSocket.OPEN) {
      this.socket.close(1000);
    } else {
      this.onstate('disconnected', 0);
    }
  }

  // Returns whether the message was sent.
  send(message) {
    if (!this.isOpen) return false;
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    return true;
  }

  // `since`: the id of the latest event that is known already, if those after it are wanted, too
  // `encoding`, `rate`: how frames of mats are sent
  subscribe(channels, { since = null, ...delivery } = {}) {
    this.channels = [...new Set(channels)];
    this.delivery = { ...this.delivery, ...delivery };
    if (since !== null) this.latestID = since;
    return this.sendSubscription(since);
  }

  sendSubscription(since = this.latestID) {
    return this.send({ type: 'subscribe', channels: this.channels ?? [], ...this.delivery, ...(since === null ? {} : { since }) });
  }

  unsubscribe(channels) {
    if (this.channels !== null) this.channels = this.channels.filter((channel) => !channels.includes(channel));
    return this.send({ type: 'unsubscribe', channels });
  }

  ping() {
    return this.send({ type: 'ping' });
  }
}

// For pages whose scripts are modules: `import '/client.js';`
globalThis.ReconnectingWebSocket = ReconnectingWebSocket;
