import Experiments
import Functions
import IOBench
import MapReduce

// A worker is recognised before anything else is looked at: its start is what a cold start costs.
if FunctionWorker.isRequested { FunctionWorker.run(actions: JobActions.all.merging(IOActions.all) { $1 }) }
if TestController.isRequested { TestController.run() }
if GuardedProcess.isRequested { GuardedProcess.run() }

MarvelBench.start()
