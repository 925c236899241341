// A WebSocket that reconnects automatically: after 2 s at first, 1.5 times as long each time, up to 30 s. The gateway
// serves it as /client.js for your own pages:
//
//   const live = new ReconnectingWebSocket('ws://range.local:8000/ws/live');
//   live.subscribe(['timer_event', 'heart_rate']);
//   live.onevent = (event) => console.log(event.type, event.event_type, event);
//
// Subscriptions are renewed after each reconnect, and events that were missed meanwhile come first.
'use strict';

class ReconnectingWebSocket {
  constructor(url, options = {}) {
    this.url = url;
    this.firstDelay = options.firstDelay ?? 2000;
    this.maximumDelay = options.maximumDelay ?? 30000;
    this.delay = this.firstDelay;
    this.channels = null;
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
    socket.onopen = () => {
      this.delay = this.firstDelay;
      // Without channels the gateway continues with those of this connection.
      if (this.channels !== null || this.latestID !== null) this.subscribe(this.channels ?? [], true);
      this.onstate('connected', 0);
    };
    socket.onmessage = (message) => {
      let event;
      try {
        event = JSON.parse(message.data);
      } catch {
        event = { type: 'text', text: String(message.data) };
      }
      if (Number.isInteger(event.id)) this.latestID = event.id;
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

  subscribe(channels, isReconnecting = false) {
    const names = [...new Set(channels)];
    if (!isReconnecting || this.channels !== null) this.channels = names;
    const since = isReconnecting && this.latestID !== null ? { since: this.latestID } : {};
    return this.send({ type: 'subscribe', channels: names, ...since });
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
