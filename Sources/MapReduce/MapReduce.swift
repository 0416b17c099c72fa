// MapReduce
