// The floor of the I/O microbenchmark (an fio-style job on one tier). It has no code of its own before that work.
