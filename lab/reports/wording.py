"""Words of the report around its numbers, whatever these are."""

from ..experiment.swappers import LONGER, LONGER_OF, OTHER_JUDGE, STUDENT, TEACHER, TRUTH, name_of

INTRODUCTION = f"""\
# The lab's report

The paper's experiment on rendered faces, where every label is known
([docs/lab.md](../docs/lab.md)). `make lab-report` writes this page and its pictures again from
`lab/results`; `make lab` does everything from rendering on.

What all is measured against is *{name_of(TRUTH)}*: the target's picture drawn again with the
source's face (`face_of`), the target's own hair, glasses, pose, expression, gaze and light. What it
lacks of the best value is the error of the networks that judge: who scores better there has kept
more of the target and has not swapped better, so claims and targets count nothing that is better
than it. *Output = head* takes the source's hair and glasses along, as swappers do that paint these.

Rows that swap nothing: *output = target* has each attribute's best value and identity's worst;
*output = source* the reverse, but for FID: it is a real picture, so its FID is a best value too.

*{OTHER_JUDGE}* is a network for real faces that has seen nobody of the lab: it stands next to
the lab's own judges in every table."""

CHANGED = """\
In the lab before this one each person had one hair style, hair colour and pair of glasses in all
pictures: its encoders told people by these, a swapper was rewarded for painting them, and its
*output = truth* was the source's whole head. Now hair, glasses, beard and make-up change from
session to session, there are siblings, the encoder that trains and the networks that judge learn
from other people, FID is of pictures before blur, noise and JPEG, and configurations are judged
over seeds. **Earlier figures and these cannot be compared**, in either direction."""

OF_GATES = (
    "Targets with only a part of the source, and how near they are to it; siblings are among those "
    "who may be found ([docs/lab.md](../docs/lab.md#gates)). A network for real faces has a cosine "
    "above zero for any two of these people: of it the shares are to be read. Where a gate is not "
    "met, the numbers of that encoder tell less of faces than they seem to."
)

OF_STUDENT = (
    f" *{name_of(STUDENT)}* is the student of {name_of(TEACHER)}, of depthwise-separable "
    "convolutions ([docs/edge.md](../docs/edge.md)): no part of the comparison."
)

OF_LONGER = f" *{name_of(LONGER)}* is {name_of(LONGER_OF)} trained on: no part of the comparison."

OF_CLAIMS = (
    "Judged over seeds, and against the right answer's own value: what is better than that counts "
    "as good as it. The 95 % interval of the difference adds up what another seed would change "
    "(the spread of those with several seeds stands for those with one) and what other people "
    "would, pair by pair; of FID, which no pair has, by both intervals. *Undecided*: it holds "
    "zero. *Paper*: what its Table 2 says, at its size."
)
OF_TARGETS = (
    "*Undecided*: the interval holds the bar. No bar asks for more than the right answer reaches."
)

SHARED_MACHINE = (
    "Seconds a step are as the run logged them: `make lab` trains two at a time, on a core each."
)
PICTURES = (
    ("configurations", "## What each configuration makes of a pair", ""),
    ("curves", "## Curves", "Each validation; of the loss, means over fiftieths of a run."),
    (
        "figure_6",
        "## What the identity encoder's blocks see (the paper's Figure 6)",
        "Cosine distances of the changed face to target and source, and of negative pairs, in "
        "each block of encoder I, for the run without IFSR. Its mean distances to the target "
        "are the margins of the other configurations.",
    ),
    (
        "figure_7",
        "## AFFA's masks (the paper's Figure 7)",
        "Mean over channels; white lets the decoder's feature through, black the target's.",
    ),
)
