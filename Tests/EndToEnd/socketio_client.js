// Runs the official Socket.IO client against the server of the tests and prints what it observes, one JSON value a line.
// Arguments: the client's bundle, the port. The bundle is that for browsers, so its transport here is the WebSocket.
const [bundle, port] = process.argv.slice(2);
globalThis.WebSocket = require("ws").WebSocket;
const { io } = require(bundle);

const print = (value) => console.log(JSON.stringify(value));
const next = (socket, event) => new Promise((resolve) => socket.once(event, (...values) => resolve(values)));

async function main() {
  const options = { transports: ["websocket"], reconnection: false };
  const main = io(`http://127.0.0.1:${port}`, { ...options, auth: { token: "the secret of this test" } });
  const custom = main.io.socket("/custom", {});
  const unknown = main.io.socket("/unknown", {});
  const [[auth], , [error]] = await Promise.all([next(main, "auth"), next(custom, "connect"), next(unknown, "connect_error")]);
  print({ auth, namespaces: [main.connected, custom.connected, unknown.connected], error: error.message });

  const bytes = Uint8Array.from([1, 2, 3]).buffer;
  main.emit("message", 1, "é", { nested: [bytes], more: new Uint8Array(0).buffer });
  const [number, text, value] = await next(main, "message-back");
  print({ number, text, nested: [...new Uint8Array(value.nested[0])], more: value.more.byteLength });

  const answer = await custom.timeout(5000).emitWithAck("message-with-ack", "a", bytes);
  print({ acknowledged: [answer, main.io.engine.transport.name] });
  print({ mayChange: await main.emitWithAck("may-change") });

  main.once("question", (value, acknowledge) => acknowledge(value + 1));
  main.emit("question", 41);
  print({ answer: await next(main, "answer") });

  custom.emit("leave");
  print({ left: await next(custom, "disconnect"), connected: main.connected });
  main.disconnect();
}

main().catch((error) => { console.error(error); process.exit(1); });
