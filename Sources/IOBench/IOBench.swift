// The module of the I/O microbenchmark: one I/O job on one tier. Its jobs, engines and patterns live here.
