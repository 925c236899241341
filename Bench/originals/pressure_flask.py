"""Pressure sessions as Flask-SocketIO serves them: an event in a thread of its own, the development server.

    pressure_flask.py PORT
"""

import sys

from flask import Flask
from flask_socketio import SocketIO, emit, join_room

from pressure_statistics import Session

app = Flask(__name__)
socketio = SocketIO(app, cors_allowed_origins="*", async_mode="threading")
sessions = {}


@socketio.on("connect")
def connect():
    emit("connection_response", {"data": "Connected to pressure data stream"})


@socketio.on("join_session")
def join_session(message):
    workout = message["workout_id"]
    join_room(workout)
    sessions.setdefault(workout, Session())
    emit("session_joined", {"workout_id": workout, "status": "ready"})


@socketio.on("pressure_frame")
def pressure_frame(message):
    workout = message["workout_id"]
    emit("frame_processed", sessions[workout].process(message), room=workout)


if __name__ == "__main__":
    socketio.run(app, host="127.0.0.1", port=int(sys.argv[1]), allow_unsafe_werkzeug=True)
