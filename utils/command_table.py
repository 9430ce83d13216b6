"""The sub-commands of `facedancer`: a name for each script that users start."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SubCommand:
    """One of them.

    Attributes:
        script: its path within the project.
        summary: what it does, in a few words.
    """

    script: str
    summary: str

    @property
    def module(self) -> str:
        """The script as a module."""
        return f"facedancer.{self.script.removesuffix('.py').replace('/', '.')}"


SUB_COMMANDS = {
    "download": SubCommand("model_zoo/download.py", "download published weights"),
    "swap": SubCommand("inference/swap.py", "swap a person's face into pictures and videos"),
    "identity": SubCommand("inference/save_identity.py", "save a person's identity as a file"),
    "tracks": SubCommand("inference/list_tracks.py", "list the people in a video by track number"),
    "ui": SubCommand("serving/ui.py", "start a web page for swapping pictures and films"),
    "verify": SubCommand("inference/verify.py", "check whether files are marked as synthetic"),
    "align": SubCommand("dataset/crop_align.py", "detect, align and crop the faces of photographs"),
    "clean": SubCommand("dataset/clean_identities.py", "remove crops that show another person"),
    "deduplicate": SubCommand("dataset/remove_duplicates.py", "remove near-duplicate crops"),
    "shard": SubCommand("dataset/dataset_sharding.py", "pack crops into shards for training"),
    "inspect": SubCommand("dataset/inspect_records.py", "list and check shards"),
    "train": SubCommand("training/train.py", "train a generator"),
    "train encoder": SubCommand("training/train_encoder.py", "train an identity encoder"),
    "plot": SubCommand("training/plot_run.py", "plot the logs of training runs"),
    "evaluate": SubCommand("evaluation/evaluate.py", "measure how well a generator swaps"),
    "export": SubCommand("export/savedmodel.py", "export a SavedModel for TF Serving"),
    "convert": SubCommand("export/convert.py", "convert to LiteRT or ONNX, for other devices"),
    "convert weights": SubCommand("model_zoo/convert.py", "convert published weights to Keras 3"),
    "serve": SubCommand("serving/serve.py", "start an HTTP server that swaps for other programs"),
    "lab": SubCommand("lab/run_lab.py", "render people, train and evaluate on them"),
    "lab report": SubCommand("lab/report.py", "write the lab's report"),
}


def find_sub_command(words: list[str]) -> tuple[str, list[str]] | None:
    """The sub-command that a command line begins with, and the rest; of two, the longer name."""
    for count in (2, 1):
        name = " ".join(words[:count])
        if len(words) >= count and name in SUB_COMMANDS:
            return name, words[count:]
    return None
