"""The environment variable by which each process of a cluster knows the others and itself."""

import dataclasses

from facedancer.utils.bounded_json import parse_json
from facedancer.utils.errors import UserError

VARIABLE = "TF_CONFIG"

# The first of these that a cluster has is its chief.
JOBS = ("chief", "worker")

_EXAMPLE = (
    '{"cluster": {"worker": ["HOST0:PORT", "HOST1:PORT"]}, "task": {"type": "worker", "index": 0}}'
)


@dataclasses.dataclass(frozen=True)
class Task:
    """One process of a cluster.

    Attributes:
        cluster: ``host:port`` of each task, by job, which is one of `JOBS`.
        job: this process's.
        index: this process's within its job.
    """

    cluster: dict[str, list[str]]
    job: str
    index: int

    @property
    def address(self) -> str:
        """The address at which this process listens."""
        return self.cluster[self.job][self.index]

    @property
    def addresses(self) -> list[str]:
        """The addresses of all of the cluster's processes."""
        return [address for tasks in self.cluster.values() for address in tasks]


def parse_tf_config(text: str | None) -> Task:
    """Reads the variable's value; None where it is not set.

    Raises:
        UserError: it does not name a cluster of chief and workers and this process's task in it.
    """
    if not text:
        raise _refusal("it is not set")
    try:
        content = parse_json(text)
    except ValueError as error:
        raise _refusal(f"it is not JSON ({error})") from error
    try:
        cluster = {job: [str(address) for address in tasks] for job, tasks in _cluster(content)}
        job, index = str(content["task"]["type"]), int(content["task"]["index"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _refusal("it lacks a cluster or a task, or has them in another form") from error
    task = Task(cluster, job, index)
    if unknown := sorted({job, *cluster} - set(JOBS)):
        raise _refusal(f"it names {unknown[0]!r}, where only chief and worker take part")
    if not 0 <= index < len(cluster.get(job, ())):
        raise _refusal(f"its cluster has no {job} {index}")
    if len(cluster.get("chief", ())) > 1:
        raise _refusal("its cluster has more than one chief")
    for address in task.addresses:
        host, _, port = address.rpartition(":")
        if not (host and port.isdecimal() and 0 < int(port) < 2**16):
            raise _refusal(f"{address!r} is not HOST:PORT")
    if len(set(task.addresses)) < len(task.addresses):
        raise _refusal("two of its tasks have one address")
    return task


def _cluster(content: dict) -> list[tuple[str, list]]:
    tasks_by_job = content["cluster"].items()
    if not all(isinstance(tasks, list) for _, tasks in tasks_by_job):
        raise TypeError("a job's tasks are a list")
    return list(tasks_by_job)


def _refusal(reason: str) -> UserError:
    return UserError(
        f"--strategy=multi_worker needs the environment variable {VARIABLE}, and {reason}: set it "
        f"on each machine as docs/cluster.md shows, e.g. {VARIABLE}='{_EXAMPLE}'"
    )
