// IOBench
