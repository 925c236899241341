// A WebSocket that reconnects automatically: after 2 s at first, 1.5 times as long each time, up to 30 s. The gateway
// serves it as /client.js for your own pages:
//
//   const live = new ReconnectingWebSocket('ws://range.local:8000/ws/live');
//   live.subscribe(['timer_event', 'heart_rate']);
//   live.onevent = (event) => console.log(event.type, event.event_type, event);
//
// Subscriptions are renewed after each reconnect.
'use strict';

class ReconnectingWebSocket {
  constructor(url, options = {}) {
    this.url = url;
    this.firstDelay = options.firstDelay ?? 2000;
    this.maximumDelay = options.maximumDelay ?? 30000;
    this.delay = this.firstDelay;
    this.channels = null;
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
    socket.onopen = () => {
      this.delay = this.firstDelay;
      if (this.channels !== null) this.subscribe(this.channels);
      this.onstate('connected', 0);
    };
    socket.onmessage = (message) => {
      let event;
      try {
        event = JSON.parse(message.data);
      } catch {
        event = { type: 'text', text: String(message.data) };
      }
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

  subscribe(channels) {
    this.channels = [...new Set(channels)];
    return this.send({ type: 'subscribe', channels: this.channels });
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
