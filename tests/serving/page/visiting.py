"""A browser without a screen or scripts: the page's events over HTTP."""

import json
import re


def config_of(client):
    """Reads what the page's script is told."""
    found = re.search(r"window\.gradio_config = (\{.*?\});</script>", client.get("/").text, re.S)
    return json.loads(found[1])


class Visit:
    """A visit: events by the ids of the parts that set them off.

    Args:
        client: the page's.
        session: a name; each browser has one.
    """

    def __init__(self, client, session="one"):
        self.client, self.config, self.session = client, config_of(client), session
        self.parts = {
            part["props"].get("elem_id") or f"{part['type']} {part['id']}": part["id"]
            for part in self.config["components"]
        }
        self.values = {part["id"]: part["props"].get("value") for part in self.config["components"]}
        self._sent, self.changed = {}, set()

    def dependencies(self, name, event):
        """Finds what an event of a part (of none: the page's) sets off, in order."""
        return [
            dependency
            for dependency in self.config["dependencies"]
            for part, what in dependency["targets"]
            if what == event and part == self.parts.get(name, part)
        ]

    def send(self, name, event, event_data=None):
        """Sets an event off, with the parts' values of now, and does not wait for its answer."""
        one = next(one for one in self.dependencies(name, event) if one["backend_fn"])
        body = {
            "data": [self.values[part] for part in one["inputs"]],
            "fn_index": one["id"],
            "session_hash": self.session,
            "event_data": event_data,
        }
        sent = self.client.post("/gradio_api/queue/join", json=body)
        assert sent.status_code == 200, sent.text
        self._sent[sent.json()["event_id"]] = (name, one["outputs"])

    def take(self):
        """Takes over what all answers changed; the parts whose events were answered, in order.

        The ids of the parts that were changed are in ``changed`` then.
        """
        answered, self.changed = [], set()
        for line in self.client.get(
            "/gradio_api/queue/data", params={"session_hash": self.session}
        ).text.splitlines():
            message = json.loads(line.removeprefix("data: ")) if line else {}
            if message.get("msg") == "process_completed":
                assert message["success"], message
                name, outputs = self._sent.pop(message["event_id"])
                answered.append(name)
                self._take(outputs, message["output"]["data"])
        assert not self._sent, "no end"
        return answered

    def do(self, name, event, event_data=None):
        """Sets an event off, and takes over what it changed."""
        self.send(name, event, event_data)
        self.take()

    def _take(self, parts, data):
        for part, one in zip(parts, data, strict=True):
            is_update = isinstance(one, dict) and one.get("__type__") == "update"
            if not is_update or len(one) > 1:
                self.changed.add(part)
            if not is_update:
                self.values[part] = one
            elif "value" in one:
                self.values[part] = one["value"]

    def of(self, name):
        """The value of a part."""
        return self.values[self.parts[name]]

    def put(self, name, value):
        """Gives a part a value."""
        self.values[self.parts[name]] = value

    def put_file(self, name, path, several=False):
        """Uploads a file, as a file field does."""
        files = {"files": (path.name, path.read_bytes())}
        sent = self.client.post("/gradio_api/upload", files=files).json()
        data = {"path": sent[0], "meta": {"_type": "gradio.FileData"}, "orig_name": path.name}
        self.put(name, [data] if several else data)

    def upload(self, name, path, several=False):
        """Gives a field a file."""
        self.put_file(name, path, several)
        self.do(name, "upload")
