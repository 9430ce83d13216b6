"""The published model files: what there is, where it lies, and how to get it.

Only names: the files themselves come by `model_zoo/download.py`, or by hand.
"""

from dataclasses import dataclass

from ..commands import HOUSE, start_of

MODEL_ZOO = HOUSE / "model_zoo"

TERMS = (
    "FaceDancer's files are their author's (Felix Rosberg), whose repository offers FaceDancer "
    "under CC BY-NC-SA 4.0: no commercial use. Read the model card at the hub before you use one."
)


@dataclass(frozen=True)
class HubFile:
    """A model file at the Hugging Face hub.

    Attributes:
        name: what `model_zoo/download.py` calls it.
        repository: the hub's repository.
        files: names that the file may have there, the likeliest first; upper and lower case are
            not told apart.
        certain: whether we know the name; else it is looked up in the repository's list.
        flag: the flag that takes it, empty where none does.
        what: what it is, in a few words.
        terms: under which it is offered.
    """

    name: str
    repository: str
    files: tuple[str, ...]
    certain: bool
    flag: str
    what: str
    terms: str = TERMS

    @property
    def page(self) -> str:
        """The address to get it from: the file, or its folder where its name is not certain."""
        site = f"https://huggingface.co/{self.repository}"
        return f"{site}/resolve/main/{self.files[0]}" if self.certain else f"{site}/tree/main"


@dataclass(frozen=True)
class WebFile:
    """A model file at an address of its own, whose size and hash are known.

    Attributes:
        name, flag, what, terms: as in `HubFile`.
        page: its address.
        size: in bytes.
        md5: hexadecimal.
    """

    name: str
    page: str
    size: int
    md5: str
    flag: str
    what: str
    terms: str
    certain: bool = True

    @property
    def files(self) -> tuple[str, ...]:
        """Its name there, in a tuple of one, as in `HubFile`."""
        return (self.page.rpartition("/")[2],)


PublishedFile = HubFile | WebFile


def download_command(name: str) -> str:
    """The command that a user types to get a published file, by its `name`."""
    return f"{start_of('model_zoo/download.py')} {name}"


# Address and hash are those of keras.applications.VGG16, the size what its downloads report.
VGG16 = WebFile(
    name="vgg16",
    page="https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
    "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
    size=58_889_256,
    md5="6d6bbae143d832006294945121d1f1fc",
    flag="perceptual_features",
    what="VGG16's ImageNet features, for the perceptual loss in training",
    terms="VGG16's weights are the Visual Geometry Group's (University of Oxford), under the "
    "Creative Commons Attribution License, in the form that Keras publishes.",
)


def _configuration(letter: str) -> HubFile:
    stem = f"FaceDancer_config_{letter}"
    # With C that suffix is another model, with an entry of its own.
    suffixes = ("",) if letter == "c" else ("", "_HQ")
    return HubFile(
        name=f"config_{letter}",
        repository="felixrosberg/FaceDancer",
        files=tuple(f"{stem}{suffix}.h5" for suffix in suffixes),
        certain=False,
        flag="generator",
        what=f"generator, configuration {letter.upper()}",
    )


PUBLISHED = {
    file.name: file
    for file in (
        HubFile(
            name="config_c_hq",
            repository="felixrosberg/FaceDancer",
            files=("FaceDancer_config_c_HQ.h5",),
            certain=True,
            flag="generator",
            what="generator, configuration C, the one in the author's examples",
        ),
        *(_configuration(letter) for letter in "abcde"),
        HubFile(
            name="arcface",
            repository="felixrosberg/ArcFace",
            files=("ArcFace-Res50.h5",),
            certain=True,
            flag="encoder",
            what="identity encoder, which every swap needs",
        ),
        HubFile(
            name="retinaface",
            repository="felixrosberg/RetinaFace",
            files=("RetinaFace-Res50.h5",),
            certain=True,
            flag="detector",
            what="face detector (a smaller one ships with the project)",
        ),
        HubFile(
            name="expression",
            repository="felixrosberg/ExpressionEmbedder",
            files=("ExpressionEmbedder-B0.h5",),
            certain=True,
            flag="",
            what="expression embedder; convert.py alone reads it",
        ),
        VGG16,
    )
}
