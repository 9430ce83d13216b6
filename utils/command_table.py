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
    "download": SubCommand("model_zoo/download.py", "fetch published weights"),
    "swap": SubCommand("inference/swap.py", "put a person's face onto those of pictures, videos"),
    "identity": SubCommand("inference/save_identity.py", "save a person's identity as a file"),
    "tracks": SubCommand("inference/list_tracks.py", "show the people of a video, by numbers"),
    "ui": SubCommand("serving/ui.py", "open a web page on which pictures and films are swapped"),
    "verify": SubCommand("inference/verify.py", "tell whether files are marked as swapped"),
    "align": SubCommand("dataset/crop_align.py", "cut the faces out of photographs"),
    "clean": SubCommand("dataset/clean_identities.py", "take out crops of somebody else"),
    "deduplicate": SubCommand("dataset/remove_duplicates.py", "take out crops that others repeat"),
    "shard": SubCommand("dataset/dataset_sharding.py", "pack crops for training"),
    "inspect": SubCommand("dataset/inspect_records.py", "list and check what was packed"),
    "train": SubCommand("training/train.py", "train a generator"),
    "train encoder": SubCommand("training/train_encoder.py", "train an identity encoder"),
    "plot": SubCommand("training/plot_run.py", "draw the curves of trainings"),
    "evaluate": SubCommand("evaluation/evaluate.py", "measure how well a generator swaps"),
    "export": SubCommand("export/savedmodel.py", "make a SavedModel, for TF Serving"),
    "convert": SubCommand("export/convert.py", "make LiteRT or ONNX files, for other devices"),
    "convert weights": SubCommand(
        "model_zoo/convert.py", "bring published weights into Keras 3's form"
    ),
    "serve": SubCommand("serving/serve.py", "swap for programs that ask over HTTP"),
    "lab": SubCommand("lab/run_lab.py", "make rendered people, train and measure on them"),
    "lab report": SubCommand("lab/report.py", "write the lab's report"),
}


def find_sub_command(words: list[str]) -> tuple[str, list[str]] | None:
    """The sub-command that a command line begins with, and the rest; of two, the longer name."""
    for count in (2, 1):
        name = " ".join(words[:count])
        if len(words) >= count and name in SUB_COMMANDS:
            return name, words[count:]
    return None
