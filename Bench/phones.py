"""Virtual phones that publish their messages to a broker; run by motion.py in a process of its own.

    phones.py PORT TOPIC PHONES MESSAGES READINGS INTERVAL_MS: each phone sends MESSAGES of READINGS samples of the
    acceleration and as many of the rotation, one every INTERVAL_MS or, with 0, as fast as the broker accepts them.
"""

import json
import math
import sys
import time

import paho.mqtt.client as mqtt

SAMPLES_PER_S = 840


def message(phone, number, samples, start_ns):
    step = 1_000_000_000 // SAMPLES_PER_S
    payload = []
    for index in range(number * samples, (number + 1) * samples):
        moment = start_ns + index * step
        for name, size in (("accelerometer", 20), ("gyroscope", 10)):
            values = {"x": round(size * math.sin(index / 50), 6), "y": round(size * math.cos(index / 70), 6), "z": 9.81}
            payload.append({"name": name, "time": moment, "values": values})
    return json.dumps({"messageId": number, "sessionId": "bench", "deviceId": f"phone-{phone}", "payload": payload})


def main():
    port, phones, messages, samples, interval = (int(sys.argv[index]) for index in (1, 3, 4, 5, 6))
    topic, start = sys.argv[2], time.time_ns()
    prepared = [message(phone, number, samples, start) for number in range(messages) for phone in range(phones)]
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    for index, text in enumerate(prepared):
        if interval and index % phones == 0:
            time.sleep(max(0, began + index // phones * interval / 1e3 - time.monotonic()))
        published = client.publish(topic, text, qos=1)
    published.wait_for_publish(60)
    print("sent", flush=True)
    client.loop_stop()


if __name__ == "__main__":
    main()
