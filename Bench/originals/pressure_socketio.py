"""Pressure sessions as python-socketio and uvicorn serve them.

    pressure_socketio.py PORT
"""

import sys

import socketio
import uvicorn

from pressure_statistics import Session

server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")
sessions = {}


@server.on("connect")
async def connect(sid, environ, auth=None):
    await server.emit("connection_response", {"data": "Connected to pressure data stream"}, to=sid)


@server.on("join_session")
async def join_session(sid, message):
    workout = message["workout_id"]
    await server.enter_room(sid, workout)
    sessions.setdefault(workout, Session())
    await server.emit("session_joined", {"workout_id": workout, "status": "ready"}, to=sid)


@server.on("pressure_frame")
async def pressure_frame(sid, message):
    workout = message["workout_id"]
    await server.emit("frame_processed", sessions[workout].process(message), room=workout)


if __name__ == "__main__":
    uvicorn.run(socketio.ASGIApp(server), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
