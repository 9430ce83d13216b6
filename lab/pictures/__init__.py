"""Pictures with exact labels, one at a time and as a data set."""
