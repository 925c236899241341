"""A double of a MongoDB server: mockupdb speaks the wire protocol, and dictionaries keep the documents."""

import collections

import mockupdb

from programs import free_ports


class MongoDBDouble:
    """It can be stopped and started, and keeps its documents. It is no MongoDB: docs/mongodb.md says what it cannot show."""

    def __init__(self):
        self._collections = collections.defaultdict(dict)
        self.lost_replies = 0
        self.rejected_collection = None
        self.port, = free_ports(1)
        self.server = None

    @property
    def uri(self):
        return f"mongodb://127.0.0.1:{self.port}/?serverSelectionTimeoutMS=1000"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def __getitem__(self, collection):
        """The documents of a collection of the default database, by id."""
        return dict(self._collections["leadville", collection])

    def start(self):
        self.server = mockupdb.MockupDB(port=self.port)
        self.server.autoresponds(self._answer)
        # The one added last is asked first.
        self.server.autoresponds("isMaster", maxWireVersion=13, minWireVersion=0)
        self.server.run()

    def stop(self):
        self.server.stop()

    def _answer(self, request):
        answers = {"update": self._update, "find": self._find}
        answers.get(request.command_name, lambda request: request.ok())(request)
        return True

    def _update(self, request):
        command = request.doc
        if command["update"] == self.rejected_collection:
            return request.ok(n=0, nModified=0, writeErrors=[{"index": 0, "code": 121, "errmsg": "Document failed validation"}])
        documents = self._collections[command["$db"], command["update"]]
        for update in command["updates"]:
            document = update["u"]
            assert update["upsert"] is True and dict(update["q"]) == {"_id": document["_id"]}
            documents[document["_id"]] = document
        if self.lost_replies:
            # The write has happened, and the client cannot know.
            self.lost_replies -= 1
            return request.hangup()
        return request.ok(n=len(command["updates"]), nModified=0)

    def _find(self, request):
        command = request.doc
        documents = self._collections[command["$db"], command["find"]]
        found = [documents[key] for key in command["filter"]["_id"]["$in"] if key in documents]
        assert command["singleBatch"] is True and len(found) <= command["limit"]
        return request.ok(cursor={"id": 0, "ns": f"{command['$db']}.{command['find']}", "firstBatch": found})
