using System.Diagnostics.Metrics;

namespace Sweeps.Actors.Metrics;

/// <summary>
/// Every instrument there is, in one place: its name, unit, meaning and labels, and nothing else. docs/metrics.md is written from
/// it. Whoever knows a value tells the instrument; while nobody listens that costs nothing.
/// </summary>
/// <remarks>Labels have few values: never a trial, and never a hyperparameter.</remarks>
public static class Instruments
{
    /// <summary>The meter of all of them.</summary>
    public const string MeterName = "Sweeps";

    private const int Few = 100;
    private const int Some = 1_000;
    private const int Many = 4_000;

    private static readonly double[] _long = [0.05, 0.2, 1, 5, 15, 60, 300, 900, 3600, 14400, 86400];
    private static readonly double[] _short = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

    private static readonly Meter _meter = new(MeterName);
    private static readonly List<InstrumentInfo> _all = [];

    // Sweeps, from what they tell whoever looks on, on the node that runs them.
    internal static readonly LabelledGauge SweepState = Gauge(
        "sweeps.sweep.state", "", "1 for the state that the sweep is in: running, paused, completed, cancelled, failed or stopped",
        Some, "sweep", "state");
    internal static readonly LabelledGauge SweepProgress = Gauge(
        "sweeps.sweep.progress", "", "How much of the sweep's work is done, 0 to 1", Some, "sweep");
    internal static readonly LabelledGauge SweepEta = Gauge(
        "sweeps.sweep.eta", "s", "Time left until the sweep is complete, as far as that can be told", Some, "sweep");
    internal static readonly LabelledGauge SweepStart = Gauge(
        "sweeps.sweep.start.time", "s", "When this run of the sweep began, in Unix time", Some, "sweep");
    internal static readonly LabelledGauge StageDone = Gauge(
        "sweeps.stage.done", "{item}", "Trials or searches of a stage that have ended", Some, "sweep", "stage");
    internal static readonly LabelledGauge StagePlanned = Gauge(
        "sweeps.stage.planned", "{item}", "Trials or searches of a stage that are known by now", Some, "sweep", "stage");
    internal static readonly LabelledGauge StageFailed = Gauge(
        "sweeps.stage.failed", "{item}", "Those of the ended ones that were left out", Some, "sweep", "stage");
    internal static readonly LabelledGauge Trials = Gauge(
        "sweeps.trials", "{trial}", "Trials that wait for a device, or run on one", Some, "sweep", "kind", "state");

    // Trials, from their events.
    internal static readonly LabelledCounter TrialsEnded = Counter(
        "sweeps.trials.ended", "{trial}", "Trials that succeeded, failed or were cancelled", Some, "sweep", "kind", "outcome");
    internal static readonly LabelledCounter AttemptsStarted = Counter(
        "sweeps.attempts.started", "{attempt}", "Attempts that a device began", Some, "sweep", "kind");
    internal static readonly LabelledCounter AttemptsLost = Counter(
        "sweeps.attempts.lost", "{attempt}",
        "Attempts that ended without a result and are made again: by a fault of the world or of the program, or told to stop", Some,
        "sweep", "reason");
    internal static readonly LabelledCounter MessagesRefused = Counter(
        "sweeps.messages.refused", "{message}", "Messages about attempts that were over", Some, "sweep");
    internal static readonly LabelledHistogram QueueWait = Histogram(
        "sweeps.queue.wait", "s", "From when an attempt asked for a device to when one began it", _long, Few, "kind");
    internal static readonly LabelledHistogram JobDuration = Histogram(
        "sweeps.job.duration", "s", "From when a device began an attempt to its end", _long, Few, "kind", "outcome");
    internal static readonly LabelledCounter CircuitsFound = Counter(
        "sweeps.circuits.found", "{circuit}", "Circuits that were written", Some, "sweep");

    // The broker.
    internal static readonly LabelledGauge QueueLength = Gauge(
        "sweeps.queue.length", "{job}", "Jobs that wait for a device", Some, "sweep");
    internal static readonly LabelledGauge QueueRunning = Gauge(
        "sweeps.queue.running", "{job}", "Jobs that devices work on", Some, "sweep");

    // Searches.
    internal static readonly LabelledGauge SearchRounds = Gauge(
        "sweeps.search.rounds.closed", "{round}", "Rounds of a search that are closed", Many, "sweep", "model", "task");
    internal static readonly LabelledGauge SearchObservations = Gauge(
        "sweeps.search.observations", "{pruning}", "Prunings whose outcome a search knows", Many, "sweep", "model", "task");
    internal static readonly LabelledGauge SearchBestEdges = Gauge(
        "sweeps.search.best.edges", "{edge}", "Edges of the best circuit of a search so far", Many, "sweep", "model", "task");
    internal static readonly LabelledGauge SearchBestNodes = Gauge(
        "sweeps.search.best.nodes", "{node}", "Nodes of the best circuit of a search so far", Many, "sweep", "model", "task");
    internal static readonly LabelledHistogram SuggestDuration = Histogram(
        "sweeps.search.suggest.duration", "s", "Computing the suggestions of one round", _short, Few, "of");

    // Science.
    internal static readonly LabelledGauge ModelLoss = Gauge(
        "sweeps.model.loss", "{nat}", "Training loss of a model, nats per token: of the last step told, or at the end",
        Many, "sweep", "model");
    internal static readonly LabelledGauge ModelValidationLoss = Gauge(
        "sweeps.model.validation.loss", "{nat}", "Validation loss of a model at its last evaluation, nats per token",
        Many, "sweep", "model");
    internal static readonly LabelledGauge ModelL0 = Gauge(
        "sweeps.model.l0", "", "Nonzero fraction of a model's matrices, 0 to 1", Many, "sweep", "model");
    internal static readonly LabelledGauge ModelDead = Gauge(
        "sweeps.model.dead", "", "Fraction of a model's nodes that were nonzero on no token of the last evaluation",
        Many, "sweep", "model");
    internal static readonly LabelledCounter TrainTokens = Counter(
        "sweeps.train.tokens", "{token}", "Tokens that were trained on", Some, "sweep");
    internal static readonly LabelledGauge CircuitLoss = Gauge(
        "sweeps.circuit.loss", "{nat}",
        "Loss of a validated circuit on test pairs: only the circuit, the model without it, or all other nodes resampled", Many,
        "sweep", "model", "task", "check");
    internal static readonly LabelledGauge CircuitEdges = Gauge(
        "sweeps.circuit.edges", "{edge}", "Edges of a validated circuit", Many, "sweep", "model", "task");

    // Devices, on the node that they belong to.
    internal static readonly LabelledGauge DeviceState = Gauge(
        "sweeps.device.state", "", "1 for the state that the device is in: starting, ready, restarting, lost or stopped",
        Many, "device", "state");
    internal static readonly LabelledGauge DeviceInfo = Gauge(
        "sweeps.device.info", "", "Always 1: what the device's process says of itself",
        Some, "device", "torch_device", "libtorch", "capability");
    internal static readonly LabelledGauge DeviceBusy = Sum(
        "sweeps.device.busy", "s", "Time in which the device had a job", Some, "device");
    internal static readonly LabelledGauge DeviceHeartbeatAge = Gauge(
        "sweeps.device.heartbeat.age", "s", "Since the device's process last spoke", Some, "device");
    internal static readonly LabelledGauge DeviceProgressAge = Gauge(
        "sweeps.device.progress.age", "s", "Since the running job last said that it went on", Some, "device");
    internal static readonly LabelledCounter DeviceRestarts = Counter(
        "sweeps.device.restarts", "{restart}",
        "Ends of the device's process that were not asked for: exited by itself, silent, hung, or not started",
        Some, "device", "reason");
    internal static readonly LabelledGauge DeviceMemoryLive = Gauge(
        "sweeps.device.memory.live", "By", "Memory of a CPU device's tensors", Some, "device");
    internal static readonly LabelledGauge DeviceMemoryPeak = Gauge(
        "sweeps.device.memory.peak", "By", "The most that it was since the process began", Some, "device");
    internal static readonly LabelledGauge DeviceMemoryBudget = Gauge(
        "sweeps.device.memory.budget", "By", "The most that it may be", Some, "device");
    internal static readonly LabelledGauge CheckpointAge = Gauge(
        "sweeps.checkpoint.age", "s", "How much work of the running training would be lost with its process", Some, "device");
    internal static readonly LabelledHistogram CheckpointWrite = Histogram(
        "sweeps.checkpoint.write.duration", "s", "Writing and syncing a checkpoint", _short, Some, "device");

    // GPUs, as NVIDIA's management library sees them.
    internal static readonly LabelledGauge GpuUtilization = Gauge(
        "sweeps.gpu.utilization", "", "Fraction of the last sample period in which a kernel ran", Few, "gpu");
    internal static readonly LabelledGauge GpuMemoryUsed = Gauge(
        "sweeps.gpu.memory.used", "By", "Memory of the GPU that is taken, by whomever", Few, "gpu");
    internal static readonly LabelledGauge GpuMemorySize = Gauge(
        "sweeps.gpu.memory.size", "By", "Memory of the GPU", Few, "gpu");
    internal static readonly LabelledGauge GpuPower = Gauge(
        "sweeps.gpu.power", "W", "Power that the GPU draws", Few, "gpu");
    internal static readonly LabelledGauge GpuTemperature = Gauge(
        "sweeps.gpu.temperature", "Cel", "Temperature of the GPU's core", Few, "gpu");

    // The journal.
    internal static readonly LabelledHistogram JournalAppend = Histogram(
        "sweeps.journal.append.duration", "s", "A write of one stream, from the request to the sync, with the tries that failed", _short,
        Few);
    internal static readonly LabelledCounter JournalEvents = Counter(
        "sweeps.journal.events", "{event}", "Events stored", Few);
    internal static readonly LabelledCounter JournalBytes = Counter(
        "sweeps.journal.written", "By", "Bytes of the events stored", Few);
    internal static readonly LabelledCounter JournalFailures = Counter(
        "sweeps.journal.failures", "{failure}", "Writes and recoveries that failed, most of which are tried again", Few);
    internal static readonly LabelledGauge JournalWriteAge = Gauge(
        "sweeps.journal.write.age", "s", "How long the oldest write under way has taken by now; 0 without one", Few);
    internal static readonly LabelledGauge JournalSize = Gauge(
        "sweeps.journal.size", "By", "Size of a journal in SQLite, with its log; a database of PostgreSQL has its own monitoring",
        Some, "sweep");

    // The cluster, as this node sees it.
    internal static readonly LabelledGauge ClusterMembers = Gauge(
        "sweeps.cluster.members", "{node}", "Members of the cluster by role and status; unreachable ones have that status",
        Few, "role", "status");
    internal static readonly LabelledGauge ClusterCoordinator = Gauge(
        "sweeps.cluster.coordinator", "", "1 on the node that coordinates the cluster, 0 on other orchestrator nodes", Few, "node");
    internal static readonly LabelledGauge ClusterTerm = Gauge(
        "sweeps.cluster.term", "", "The number of this node's term as coordinator; 0 where it does not coordinate", Few, "node");
    internal static readonly LabelledGauge ClusterLeaseAge = Gauge(
        "sweeps.cluster.lease.age", "s", "Since the coordinator's lease was taken or renewed", Few, "node");

    // The node.
    internal static readonly LabelledGauge BuildInfo = Gauge(
        "sweeps.build.info", "", "Always 1: what this process is", Few, "version", "runtime", "node");
    internal static readonly LabelledGauge NodeTime = Gauge(
        "sweeps.node.time", "s", "The node's clock, in Unix time", Few);
    internal static readonly LabelledGauge DiskFree = Gauge(
        "sweeps.disk.free", "By", "Room on the disk of a folder that is free for this process", Few, "folder");
    internal static readonly LabelledGauge DiskSize = Gauge(
        "sweeps.disk.size", "By", "Size of the disk of a folder", Few, "folder");

    /// <summary>All of them, in the order of this file.</summary>
    public static IReadOnlyList<InstrumentInfo> All => _all;

    private static LabelledCounter Counter(string name, string unit, string description, int limit, params string[] labels) =>
        new(_meter, Note(name, InstrumentKind.Counter, unit, description, limit, labels));

    private static LabelledGauge Gauge(string name, string unit, string description, int limit, params string[] labels) =>
        new(_meter, Note(name, InstrumentKind.Gauge, unit, description, limit, labels));

    // A counter that is read when somebody asks.
    private static LabelledGauge Sum(string name, string unit, string description, int limit, params string[] labels) =>
        new(_meter, Note(name, InstrumentKind.Counter, unit, description, limit, labels));

    private static LabelledHistogram Histogram(
        string name, string unit, string description, double[] bounds, int limit, params string[] labels) =>
        new(_meter, Note(name, InstrumentKind.Histogram, unit, description, limit, labels), bounds);

    private static InstrumentInfo Note(string name, InstrumentKind kind, string unit, string description, int limit, string[] labels)
    {
        var info = new InstrumentInfo(name, kind, unit, description, [.. labels], limit);
        _all.Add(info);
        return info;
    }
}
