print("marvel-bench")
