"""The heartbeat simulation as FastAPI and uvicorn serve it: one record every 500 ms, by HTTP and WebSocket.

    heartbeat_fastapi.py PORT
"""

import asyncio
import datetime
import random
import sys

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD_S = 0.5

app = FastAPI()
clients = set()
current = {}


def record():
    stress = random.uniform(0, 0.3)
    return {
        "timestamp": datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None).isoformat(),
        "bpm": round(72 + random.uniform(-2.5, 2.5)), "systolic": 120, "diastolic": 80, "stress_level": round(stress, 3),
        "state": "running",
    }


async def simulate():
    while True:
        current.update(record())
        for client in list(clients):
            try:
                await client.send_json(current)
            except (RuntimeError, WebSocketDisconnect):
                clients.discard(client)
        await asyncio.sleep(PERIOD_S)


@app.on_event("startup")
async def start():
    app.state.simulation = asyncio.create_task(simulate())


@app.get("/heartbeat/current")
async def heartbeat_current():
    return current


@app.websocket("/ws/heartbeat")
async def stream(client: WebSocket):
    await client.accept()
    clients.add(client)
    try:
        while True:
            await client.receive_text()
    except WebSocketDisconnect:
        clients.discard(client)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
