"""The names of an encoder's residual blocks: those of keras.applications' ResNet50."""

# Residual blocks of each of ResNet50's stages.
STAGES = {"conv2": 3, "conv3": 4, "conv4": 6, "conv5": 3}
# Shallow to deep; IFSR (the paper's section 3.3) picks its taps from these by name.
BLOCK_NAMES = tuple(
    f"{stage}_block{number}_out"
    for stage, count in STAGES.items()
    for number in range(1, count + 1)
)
