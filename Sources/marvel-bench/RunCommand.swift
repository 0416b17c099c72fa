import ArgumentParser
import Experiments
import Functions
import Glibc
import MapReduce
import Metrics
import Reports
import Storage

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs an experiment: a matrix of trials, compared.",
    discussion: """
      Without arguments the built-in experiment `quick`: five workloads on four systems.

      Examples:
        marvel-bench run
        marvel-bench run --systems ssd,ideal --workloads wordcount --size 1GiB --repeats 5
        marvel-bench run workloads/experiments/quick.yaml --plan corral --encoding json
        marvel-bench run --system input=ssd,shuffle=dram,output=ssd --system ideal
        marvel-bench run --workloads scan,join --set scan.min_rank=50 --join partitioned --size 512MiB
        marvel-bench run table1 --size 1GiB
        marvel-bench run table2 --tier ssd=/mnt/nvme0 --tier pmem=/mnt/pmem0
        marvel-bench run --input logs/ --tier ssd=/mnt/nvme0 --out results/mine
        marvel-bench run --workloads join --rankings r.csv --uservisits v.csv
        marvel-bench run --until 2% --budget 10m             # repeats as the spread asks for
        marvel-bench run table1 --size 8GiB --dry-run        # what it needs and how long it may take
        marvel-bench run --resume results/latest             # goes on with what was cut off
        marvel-bench run faas                                # the function platform alone
      """)

  @Argument(help: "An experiment: a name, or a YAML file (default: quick).")
  var experiment: String?

  @Option(
    help: "Systems, separated by commas: names, YAML files, or input=ssd,shuffle=dram,output=ssd (one).")
  var systems: String?

  @Option(help: "A system, also as input=ssd,shuffle=dram,output=ssd; may be given several times.")
  var system: [String] = []

  @Option(help: "Workloads, separated by commas; `marvel-bench list workloads` has them.")
  var workloads: String?

  @Option(help: "Grep's pattern.")
  var pattern: String?

  @Option(
    help:
      "A workload's parameter, as min_rank=50 or scan.min_rank=50; may be given several times (see list workloads)."
  )
  var set: [String] = []

  @Option(help: "How the sides of a join meet.")
  var join: JoinMethod?

  @Option(help: "Bytes of the generated dataset (of the larger table), as 1GiB.")
  var size: SizeArgument?

  @Option(help: "Measurements of each cell.")
  var repeats: Int?

  @Option(help: "Unmeasured runs of each cell, first.")
  var warmup: Int?

  @Option(help: "Function workers at a time.")
  var workers: Int?

  @Option(help: "What crosses the shuffle.")
  var plan: Plan?

  @Option(help: "The shuffle's records.")
  var encoding: RecordEncoding?

  @Option(help: "Number of reduces (default: from input bytes and plan).")
  var reducers: Int?

  @Option(help: "Bytes of a map's input.")
  var split: SizeArgument?

  @Option(help: "The page cache before the clock: bypassed, cold or warm.")
  var cache: JobSpecification.CacheState?

  @Option(help: "Workers stand ready (warm) or start within the clock (cold).")
  var starts: JobSpecification.Starts?

  @Option(help: "Bytes that each worker may hold; tables that do not fit are spilled.")
  var memoryLimit: SizeArgument?

  @Option(
    parsing: .upToNextOption,
    help: "Your own files and folders instead of generated data: text, or the table that all workloads read.")
  var input: [String] = []

  @Option(parsing: .upToNextOption, help: "Your own files of the table rankings.")
  var rankings: [String] = []

  @Option(parsing: .upToNextOption, help: "Your own files of the table uservisits.")
  var uservisits: [String] = []

  @Option(help: "Where a tier lives, as pmem=/mnt/pmem0; may be given several times.")
  var tier: [String] = []

  @Option(
    help: "A tier that must be the real thing, as pmem; else nothing is run. May be given several times.")
  var requireReal: [RealTierArgument] = []

  @Option(help: "The results folder (default: results/<utc>-<experiment>).")
  var out: String?

  @OptionGroup(title: "More factors")
  var matrix: MatrixOptions

  @OptionGroup(title: "How it is conducted")
  var conduct: ConductOptions

  @Flag(help: "Keep the segments of each cell's first run in the results folder.")
  var keep = false

  @Flag(help: "Print the summary as JSON, in one line that is all of stdout and names the results folder.")
  var json = false

  func run() throws {
    let cutOff = try conduct.resume.map { try CutOffRun($0) }
    let experiment = try described(cutOff)
    if Environment.buildMode == "debug" {
      write("warning: this is a debug build; its times mean nothing\n", to: 2)
    }
    guard experiment.io == nil else { return try self.run(experiment) }
    warnOfPlantedSlowdown()
    let environment = Environment(version: programVersion)
    try cutOff?.demandSame(experiment, environment)
    let interruption = try Interruption.install()
    if experiment.faas != nil {
      return try FaasCommand(json: json, dryRun: conduct.dryRun, out: out).run(
        experiment, environment, interruption)
    }
    let run = try ExperimentRun(experiment, environment: environment, interruption: interruption)
    if let note = run.note { write("note: \(note)\n", to: 2) }
    if conduct.dryRun { return try list(run, experiment, environment) }
    sayNeeds(run.space)
    try run.space.demand()
    let folder = try results(experiment, cutOff)
    let progress = RunProgress(isLive: isatty(2) == 1)
    let result = try run.run(into: folder, keep: keep, watch: progress.take)
    progress.end()
    let summary = Summary(
      result.rows, isInterrupted: result.isInterrupted, comparedWith: experiment.compareWith,
      conduct: result.notes)
    try folder.write(summary.markdown(experiment: experiment.name), as: "summary.md")
    let plots = try drawn(folder.path, [.systems, .phases])
    // In either form the last line of stdout names the folder; JSON is one line, and all of stdout.
    if json {
      say(summary.json(folder: folder.path))
    } else {
      say(summary.text)
      say(plots)
      say("csv: \(folder.path)/trials.csv \(folder.path)/stages.csv \(folder.path)/activations.csv")
      say(folder.path)
    }
    try end(result)
  }

  /// Prints what would be run; refuses what does not fit, as a run would.
  private func list(_ run: ExperimentRun, _ experiment: Experiment, _ environment: Environment) throws {
    let dryRun = DryRun(run, environment: environment)
    if json {
      say(dryRun.json(experiment: experiment))
    } else {
      say(dryRun.text)
      if let budget = experiment.budget {
        say(
          "the budget ends it after \(TimeSpan.text(budget)) (beyond that each cell has its first repeat only)"
        )
      }
    }
    sayNeeds(run.space)
    try run.space.demand()
  }

  /// A new folder with the experiment in it, or the one that a run was cut off in.
  private func results(_ experiment: Experiment, _ cutOff: CutOffRun?) throws -> ResultsFolder {
    if let cutOff {
      let folder = try ResultsFolder(resuming: cutOff.path)
      let removed = folder.resumed?.removed ?? 0
      var line = "resuming \(cutOff.path): \(folder.resumed?.rows.count ?? 0) rows are there"
      if removed > 0 {
        line += ", \(removed) half-written repeat\(removed == 1 ? " was" : "s were") removed"
      }
      write(line + "\n", to: 2)
      return folder
    }
    let folder = try ResultsFolder(experiment: experiment.name, out: out)
    // As it is run: with the options laid over it, and its systems written out.
    let options = CommandLine.arguments.dropFirst().joined(separator: " ").replacing("\n", with: " ")
    try folder.write("# marvel-bench \(options)\n" + experiment.yaml, as: "experiment.yaml")
    return folder
  }

  /// Draws what was run, and says where it is or why it is not.
  func drawn(_ folder: String, _ kinds: [PlotKind]) throws -> String {
    // Runs that others start in great number (`ab`) have no use for pictures.
    if getenv("MARVEL_BENCH_PLOTS").map({ String(cString: $0) == "off" }) ?? false {
      return "no plots: MARVEL_BENCH_PLOTS is off"
    }
    let outcome = try Plots(RecordedResults(folder)).draw(kinds, formats: [.svg], in: folder + "/plots")
    if let failure = outcome.failure {
      return "no plots drawn: \(failure) (scripts and data are in \(folder)/plots)"
    }
    guard !outcome.drawn.isEmpty else { return "no plots: \(outcome.missing[0].reason)" }
    return "plots: "
      + outcome.drawn.flatMap(\.files).map { "\(folder)/plots/\($0)" }.joined(separator: " ")
  }

  /// The exit code says the worst that happened.
  private func end(_ result: ExperimentRun.Result) throws {
    if result.isInterrupted {
      throw CommandFailure(
        description: "interrupted; what was measured is kept (go on with run --resume FOLDER)", code: 130)
    }
    if result.rows.contains(where: { $0.outcome.status == .wrong }) {
      throw CommandFailure(description: "an output was wrong (see above)", code: 3)
    }
    if result.rows.contains(where: { $0.outcome.status == .failed || $0.outcome.status == .invalid }) {
      throw CommandFailure(description: "a trial failed or was invalid (see above)", code: 2)
    }
    guard result.rows.contains(where: { $0.outcome.status == .ok }) else {
      throw CommandFailure(description: "nothing could be measured (see above)", code: 2)
    }
  }

  /// The experiment file with the options laid over it.
  private func described(_ cutOff: CutOffRun?) throws -> Experiment {
    let finder = WorkloadFinder()
    var experiment = try finder.experiment(self.experiment ?? cutOff?.experimentFile ?? "quick")
    try cutOff?.demandJobs(experiment)
    if experiment.io != nil {
      try layOver(&experiment)
      return experiment
    }
    if experiment.faas != nil { try FaasCommand.checkOptions(CommandLine.arguments, experiment.name) }
    if systems != nil || !system.isEmpty {
      let listed = try systems.map { $0.contains("=") ? [$0] : try names($0, of: "--systems") } ?? []
      experiment.systems =
        try listed.map { try finder.system($0, option: "--systems") }
        + system.map { try finder.system($0, option: "--system") }
    }
    if let workloads {
      experiment.workloads = try names(workloads, of: "--workloads").map { try workload($0, experiment) }
    } else if let pattern {
      for index in experiment.workloads.indices where experiment.workloads[index].name == "grep" {
        experiment.workloads[index].parameters["pattern"] = pattern
      }
    }
    for setting in set { try experiment.set(setting) }
    if let size { experiment.sizes = [size.bytes] }
    let leftOut = try experiment.readOwn(
      input, named: [.rankings: rankings, .uservisits: uservisits], keepsAll: workloads != nil)
    if let leftOut { write("note: \(leftOut)\n", to: 2) }
    guard size == nil || experiment.inputs.isEmpty else {
      throw ValidationError("--size is of generated data; the size of your own files is what they have")
    }
    if let repeats { experiment.repeats = repeats }
    if let warmup { experiment.warmups = warmup }
    if let workers { experiment.workers = [workers] }
    if let plan { experiment.plans = [plan] }
    if let join { experiment.joins = [join == .auto ? nil : join] }
    if let encoding { experiment.encodings = [encoding] }
    if let reducers { experiment.reducers = [reducers] }
    if let split { experiment.splits = [split.bytes] }
    if let cache { experiment.caches = [cache] }
    if let starts { experiment.starts = [starts] }
    if let memoryLimit { experiment.memoryLimits = [memoryLimit.bytes] }
    matrix.apply(to: &experiment)
    try conduct.apply(to: &experiment)
    for setting in tier { try experiment.place(setting) }
    experiment.requireReal.formUnion(requireReal.map(\.kind))
    if plan != nil { experiment.removeExclusions() }
    return experiment
  }

  /// What an option lists between commas.
  private func names(_ list: String, of option: String) throws -> [String] {
    let names = list.split(separator: ",").map(String.init)
    guard !names.isEmpty else {
      throw ValidationError("\(option) '\(list)': it names none (marvel-bench list has them)")
    }
    return names
  }

  private func workload(_ name: String, _ experiment: Experiment) throws -> WorkloadSpecification {
    guard let kind = WorkloadKind.named(name) else {
      throw ValidationError(
        "--workloads: unknown '\(name)'; known here: \(Workload.names.joined(separator: ", "))")
    }
    var parameters = experiment.workloads.first { $0.name == name }?.parameters ?? [:]
    if name == "grep" {
      parameters["pattern"] = pattern ?? parameters["pattern"] ?? "[a-z]*ing"
    }
    return try kind.complete(parameters) { ValidationError("--workloads \(name): \($1)") }
  }

  func validate() throws {
    func check(_ name: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
      guard value.map(range.contains) ?? true else {
        throw ValidationError("\(name): \(range.lowerBound) to \(range.upperBound)")
      }
    }
    guard conduct.resume == nil || out == nil else {
      throw ValidationError("--out names a new folder, --resume one that is there: give one of them")
    }
    try check("--repeats", repeats, 1...1000)
    try check("--warmup", warmup, 0...100)
    try check("--workers", workers, 1...4096)
    try check("--reducers", reducers, 1...Planner.maximumReduces)
    try check("--split", split?.bytes, 4096...(1 << 40))
    try check("--memory-limit", memoryLimit?.bytes, JobSpecification.memoryLimits)
    if let pattern {
      do { _ = try GrepPattern(pattern) } catch { throw ValidationError("--pattern: \(error)") }
    }
  }

  private func sayNeeds(_ space: SpacePlan) {
    var table = TextTable([.left("needs"), .right("bytes"), .right("free"), .left("")])
    for line in space.lines {
      table.add([
        line.place, ByteSize.text(line.needed), ByteSize.text(line.free), line.isMemory ? "in memory" : "",
      ])
    }
    write(table.text(), to: 2)
  }
}

extension JobSpecification.CacheState: ExpressibleByArgument {
  public init?(argument: String) {
    guard let state = Self.choices.first(where: { $0.rawValue == argument }) else { return nil }
    self = state
  }

  public static var allValueStrings: [String] { choices.map(\.rawValue) }
}
extension JobSpecification.Starts: ExpressibleByArgument {}

extension Experiment {
  /// `--tier pmem=/mnt/pmem0`: where a tier lives.
  mutating func place(_ setting: String) throws {
    let place = try TierPlace(setting)
    tiers[place.kind, default: TierSettings()].folders = place.folders
  }
}
