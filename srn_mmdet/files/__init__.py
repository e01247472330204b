"""Reading what other people's tools write: numpy only, for data sets and evaluation."""
