"""Why a face is left alone: the words of the reports."""

LOW_SCORE = "the detector is less sure than --min_score"
TOO_SMALL = "smaller than --min_size"
NOT_CHOSEN = "not the chosen face"
UNKNOWN = "looks like nobody of the reference photographs"
BETTER_MATCH = "another face looks more like that person"
