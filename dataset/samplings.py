"""The ways to draw records, by name: what ``--sampling`` takes, without TensorFlow.

`sampling.make_sampler` knows what each does.
"""

# Name -> what is drawn equally often.
SAMPLINGS = {
    "image": "each image",
    "identity": "each identity",
    "yaw": "each range of the head's yaw",
}
# As they are stored: for a look at the data, not for a training.
STORED = "stored"
