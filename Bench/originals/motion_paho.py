"""Phone motion as paho and Flask handle it: messages are parsed on paho's thread and merged into buffers by time.

    motion_paho.py HTTP_PORT BROKER_PORT CA_FILE TOPIC
"""

import json
import sys
from collections import deque

import paho.mqtt.client as mqtt
from flask import Flask

BUFFERED = 400
USED = {"accelerometer": 0, "gyroscope": 3}

app = Flask(__name__)
buffers = [deque(maxlen=BUFFERED) for _ in range(7)]
counts = {"messages": 0, "readings": 0, "connected": 0}


def handle(data):
    message = json.loads(data)
    rows = {}
    for reading in message["payload"]:
        column = USED.get(reading["name"])
        if column is None:
            continue
        row = rows.setdefault(float(reading["time"]) / 1e9, [None] * 6)
        values = reading["values"]
        row[column:column + 3] = values["x"], values["y"], values["z"]
    for moment in sorted(rows):
        for index, value in enumerate(rows[moment], 1):
            buffers[index].append(value if value is not None else (buffers[index][-1] if buffers[index] else 0))
        buffers[0].append(moment)
    counts["messages"] += 1
    counts["readings"] += len(message["payload"])


@app.get("/counts")
def get_counts():
    return counts


def main():
    port, broker, authority, topic = sys.argv[1:]
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.tls_set(ca_certs=authority)

    def on_connect(client, userdata, flags, reason, properties):
        client.subscribe(topic)

    client.on_connect = on_connect
    client.on_subscribe = lambda *_: counts.update(connected=1)
    client.on_message = lambda client, userdata, message: handle(message.payload)
    client.connect("127.0.0.1", int(broker))
    client.loop_start()
    app.run(host="127.0.0.1", port=int(port))


if __name__ == "__main__":
    main()
