"""Whether SavedModels run as they come: the one flag, of every command that loads networks."""

from absl import flags

FLAGS = flags.FLAGS

flags.DEFINE_bool(
    "trust_savedmodel",
    False,
    "Load SavedModels unread and unbounded. It allows their authors whatever you may do yourself: "
    "read, overwrite and send your files, and use all memory and time.",
)


_trusted = False


def trust_saved_models(is_trusted: bool = True) -> None:
    """What the flag is to commands, to a program that reads none: from now on, for all of them."""
    global _trusted
    _trusted = is_trusted


def are_saved_models_trusted() -> bool:
    """Whether the flag or the program says so.

    Networks are loaded many layers below the commands' `main`, and all of them alike.
    """
    is_flag = FLAGS.is_parsed() and "trust_savedmodel" in FLAGS and FLAGS.trust_savedmodel
    return _trusted or is_flag
