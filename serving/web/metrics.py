"""Figures of the server, as Prometheus reads them."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_FACES = (1, 2, 4, 8, 16, 32)


class Metrics:
    """Figures of one app; any thread may call it."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "facedancer_answers", "Answers given.", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "facedancer_answer_seconds",
            "Seconds from a request's head to its answer's end.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._faces = Histogram(
            "facedancer_generator_faces",
            "Faces in one call of the generator.",
            buckets=_FACES,
            registry=self._registry,
        )

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Counts an answer; a status of 0: the client went away."""
        self._answers.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def called(self, faces: int) -> None:
        """Counts a call of the generator with so many faces."""
        self._faces.observe(faces)

    def watch(self, name: str, text: str, count: Callable[[], float]) -> None:
        """Adds a number that is looked up when it is asked for.

        Args:
            name: behind ``facedancer_``.
            text: what it is.
            count: gives it.
        """
        gauge = Gauge(f"facedancer_{name}", text, registry=self._registry)
        gauge.set_function(count)

    def watch_each(self, name: str, text: str, counts: Callable[[], Mapping[str, int]]) -> None:
        """Adds a number for each of several states; see `watch`."""
        gauge = Gauge(f"facedancer_{name}", text, ["state"], registry=self._registry)
        for state in counts():
            gauge.labels(state).set_function(lambda state=state: counts()[state])

    def text(self) -> bytes:
        """All of them, in Prometheus's text format."""
        return generate_latest(self._registry)
