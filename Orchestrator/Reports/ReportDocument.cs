using System.Text.Json.Serialization;
using Sweeps.Search;

namespace Sweeps.Orchestrator.Reports;

/// <summary>
/// What report.json holds: every number of the sweep's results, in the plan's order. It has no time, device, attempt or absolute path, so
/// that a sweep gives the same bytes however it was run. Losses are nats; what is not known, or not yet, is null.
/// </summary>
/// <param name="Name">of the sweep</param>
/// <param name="Status">how far it is</param>
/// <param name="Spec">its description, with every default filled in</param>
/// <param name="Corpus">what was trained on</param>
/// <param name="Models">every planned model</param>
/// <param name="Failures">what failed by its own fault</param>
internal sealed record ReportDocument(
    string Name, SweepStatus Status, SweepSpec Spec, ReportCorpus? Corpus, IReadOnlyList<ReportModel> Models,
    IReadOnlyList<SweepFailure> Failures)
{
    /// <summary>What <see cref="Format"/> says.</summary>
    public const string FormatName = "sweeps-report";

    /// <summary>The version that this code writes.</summary>
    public const int CurrentVersion = 1;

    /// <summary><see cref="FormatName"/>.</summary>
    [JsonPropertyOrder(-2)]
    public string Format { get; init; } = FormatName;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    [JsonPropertyOrder(-1)]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The searches over the training of groups, in the plan's order; empty where there are none.</summary>
    public IReadOnlyList<ReportTrainingSearch> TrainingSearches { get; init; } = [];

    /// <summary>
    /// Whether a model stands in tables that list models: of a search over the training that has ended only the best does.
    /// </summary>
    public bool IsListed(ReportModel model) => TrainingSearches.FirstOrDefault(search => search.Group == model.Group) is not { } search
        || model.Selected || (search.Ended is null && model.Suggested is not null);

    /// <summary>Whether any model goes on to tasks.</summary>
    public bool HasTasks() => Models.Any(m => m.Tasks.Count > 0);

    /// <summary>Whether a task in any model is such.</summary>
    public bool AnyTask(Func<ReportTask, bool> which) => Models.Any(m => m.Tasks.Any(which));

    /// <summary>The models that have a task, with it.</summary>
    public IEnumerable<(ReportModel Model, ReportTask Task)> WithTask(string task) =>
        from model in Models from t in model.Tasks where t.Task == task select (model, t);
}

/// <summary>The corpus.</summary>
/// <param name="VocabSize">entries of the tokenizer</param>
/// <param name="Documents">documents read</param>
/// <param name="Bytes">bytes of text read</param>
/// <param name="TrainTokens">training tokens</param>
/// <param name="ValidationTokens">validation tokens</param>
/// <param name="BigramLoss">validation loss of the bigram baseline, per token</param>
internal sealed record ReportCorpus(int VocabSize, long Documents, long Bytes, long TrainTokens, long ValidationTokens, double BigramLoss)
{
    /// <summary>What of the corpus's files is not in it, by reason.</summary>
    public IReadOnlyList<CorpusLeftOut> LeftOut { get; init; } = [];
}

/// <summary>One model, and its circuits when it was selected.</summary>
/// <param name="Id">its name within the sweep</param>
/// <param name="DModel">width of its residual stream</param>
/// <param name="NLayer">number of its layers</param>
/// <param name="L0Target">the fraction of nonzeros asked for; of an imported model that which it has</param>
/// <param name="PeakLr">its peak learning rate; null for an imported model, and where a search has not suggested it yet</param>
/// <param name="Replica">its number among models that differ in their seeds</param>
/// <param name="Trained">how its training ended; null when that failed</param>
/// <param name="Failure">why training failed</param>
/// <param name="Selected">whether its tasks were searched: the lowest validation loss of its group</param>
/// <param name="Holds">tasks whose circuit holds: the headline</param>
/// <param name="TasksReached">tasks whose best circuit reaches the target on the validation pairs, the learned ones without edges
/// included</param>
/// <param name="TasksCounted">those of them whose circuit has edges</param>
/// <param name="GeometricMeanEdges">over <paramref name="TasksCounted"/>; null when there are none</param>
/// <param name="Tasks">in the sweep's order; empty when not selected</param>
internal sealed record ReportModel(
    string Id, int DModel, int NLayer, double L0Target, double? PeakLr, int Replica, ReportTraining? Trained, string? Failure,
    bool Selected,
    int Holds, int TasksReached, int TasksCounted, double? GeometricMeanEdges, IReadOnlyList<ReportTask> Tasks)
{
    /// <summary>What models have in common that differ only in their learning rate, or in what a search suggested.</summary>
    public string Group { get; init; } = "";

    /// <summary>What the search over its group's training suggested; null where there is none, and until it is suggested.</summary>
    public ReportSuggestedTraining? Suggested { get; init; }

    /// <summary>Where and why its training was stopped early, so that there is no model; null when it was not.</summary>
    public EarlyStop? Stopped { get; init; }

    /// <summary>The SHA-256 of the files that it was imported from; null for a model that the sweep has trained.</summary>
    public string? ImportedSha256 { get; init; }

    /// <summary>Sparse autoencoders and baselines, one for each location; empty where there are none.</summary>
    public IReadOnlyList<ReportDictionaries> Dictionaries { get; init; } = [];

    /// <summary>The bridges that it was trained together with; null of a model that is trained alone.</summary>
    public BridgesSnapshot? Bridges { get; init; }
}

/// <summary>What the search over a group's training suggested for a model.</summary>
/// <param name="Index">from 0 over all rounds</param>
/// <param name="Round">from 0</param>
/// <param name="Kind">where the suggestion came from</param>
/// <param name="Hyperparameters">the searched ones, by the names of the training's options</param>
/// <param name="Forgotten">
/// whether its training met a fault of the program or was given up by command, of which the search learned nothing
/// </param>
internal sealed record ReportSuggestedTraining(
    int Index, int Round, SuggestionKind Kind, IReadOnlyDictionary<string, double> Hyperparameters, bool Forgotten);

/// <summary>The search over the training of a group, from its closed rounds.</summary>
/// <param name="Group">which</param>
/// <param name="Algorithm">its name</param>
/// <param name="AlgorithmVersion">its version</param>
/// <param name="RoundsClosed">rounds that count here</param>
/// <param name="Ended">the rule that ended it; null while it goes on</param>
/// <param name="Center">where it began, by the names of the training's options</param>
/// <param name="BestSoFar">the lowest validation loss after each closed round; null while all have failed</param>
/// <param name="Importance">how much each hyperparameter mattered; empty while there is too little to tell</param>
internal sealed record ReportTrainingSearch(
    string Group, string Algorithm, int AlgorithmVersion, int RoundsClosed, StopReason? Ended, IReadOnlyDictionary<string, double> Center,
    IReadOnlyList<double?> BestSoFar, IReadOnlyList<ReportImportance> Importance);

/// <summary>How training ended.</summary>
/// <param name="Sha256">of the model's file: its identity</param>
/// <param name="Curve">the training curve's file</param>
/// <param name="Steps">steps trained</param>
/// <param name="Parameters">entries of all parameters</param>
/// <param name="Nonzeros">nonzero entries counted in L0</param>
/// <param name="L0">their fraction</param>
/// <param name="TrainLoss">mean of the last logged window, per token</param>
/// <param name="ValidationLoss">per token</param>
/// <param name="DeadFraction">nodes that were nonzero on no token of the last evaluation</param>
/// <param name="ResidualKurtosis">of the final residual [G fig. 10]</param>
internal sealed record ReportTraining(
    string Sha256, ArtifactRef Curve, int Steps, long Parameters, long Nonzeros, double L0, double TrainLoss, double ValidationLoss,
    double DeadFraction, double ResidualKurtosis);

/// <summary>One task in one model.</summary>
/// <param name="Task">its name</param>
/// <param name="Unpruned">the whole model on the task</param>
/// <param name="Failure">why that could not be measured; then there is no search</param>
/// <param name="Completed">whether the search has ended</param>
/// <param name="Best">the circuit of the pruning with the lowest objective</param>
/// <param name="BestSoFar">the lowest objective after each closed round</param>
/// <param name="Prunings">every suggestion of the search, in order</param>
/// <param name="Search">what the search found out; null until it has begun</param>
/// <param name="Validation">of <paramref name="Best"/>, once the search has ended; null where it is not asked for</param>
/// <param name="Attribution">the circuit that attribution finds; null where it is not asked for</param>
/// <param name="Targets">
/// the smallest circuits of <paramref name="Best"/>'s pruning for each of the sweep's target losses; null where there are none
/// </param>
/// <param name="Edges"><paramref name="Best"/> with its edges pruned; null where it is not asked for</param>
/// <param name="Verdict">what became of it all</param>
internal sealed record ReportTask(
    string Task, EvaluateResult? Unpruned, string? Failure, bool Completed, ReportCircuit? Best, IReadOnlyList<double?> BestSoFar,
    IReadOnlyList<ReportPruning> Prunings, ReportSearch? Search, ValidationResult? Validation, CircuitResult? Attribution,
        CurveResult? Targets,
    CircuitResult? Edges, CircuitVerdict Verdict)
{
    /// <summary>The circuit that the model was published with; null where there is none.</summary>
    public GivenResult? Given { get; init; }

    /// <summary>Its circuits in different bases; empty until they are found, and where they are not asked for.</summary>
    public IReadOnlyList<BasisSnapshot> Bases { get; init; } = [];
}

/// <summary>The best circuit of a task.</summary>
/// <param name="Index">the pruning that found it</param>
/// <param name="Nodes">kept nodes</param>
/// <param name="Edges">nonzero weights that join two of them</param>
/// <param name="LossBefore">on the validation split, before calibration</param>
/// <param name="Loss">on the validation split, after calibration</param>
/// <param name="Scale">calibration: factor of the difference of the two candidate logits</param>
/// <param name="Shift">calibration: what is then added</param>
/// <param name="TestLoss">on the test split, with this calibration</param>
/// <param name="TestAccuracy">fraction of test sequences decided rightly</param>
/// <param name="Reached">whether <paramref name="Loss"/> is at most the target less the margin</param>
/// <param name="File">its file</param>
/// <param name="Curve">the probes, by increasing number of nodes</param>
internal sealed record ReportCircuit(
    int Index, int Nodes, int Edges, double LossBefore, double Loss, double Scale, double Shift, double TestLoss, double TestAccuracy,
    bool Reached, ArtifactRef File, IReadOnlyList<ProbeResult> Curve);

/// <summary>One pruning of a search.</summary>
/// <param name="Index">from 0 over all rounds</param>
/// <param name="Round">from 0</param>
/// <param name="Hyperparameters">what was suggested</param>
/// <param name="Kind">where the suggestion came from</param>
/// <param name="Objective">what the search makes small; null for a failure</param>
/// <param name="Cost">what the search took it to cost; null until it is observed</param>
/// <param name="Nodes">kept nodes of its best probe</param>
/// <param name="Edges">edges of that probe</param>
/// <param name="Loss">validation loss of that probe, after calibration</param>
/// <param name="Failure">why there is no objective</param>
/// <param name="Forgotten">why it was given up, through no fault of its own</param>
internal sealed record ReportPruning(
    int Index, int Round, SuggestionKind Kind, PruningHyperparameters Hyperparameters, double? Objective, double? Cost, int? Nodes,
    int? Edges, double? Loss,
    string? Failure, string? Forgotten)
{
    /// <summary>Where and why its bisection was stopped early; null when it was not.</summary>
    public PruningStop? Stopped { get; init; }
}

/// <summary>What a search found out, from its closed rounds.</summary>
/// <param name="Algorithm">its name</param>
/// <param name="AlgorithmVersion">its version</param>
/// <param name="RoundsClosed">rounds that count here</param>
/// <param name="Ended">the rule that ended it; null while it goes on</param>
/// <param name="WarmStart">tasks whose searches moved its centre; empty for a cold start</param>
/// <param name="Center">where it began</param>
/// <param name="Front">the Pareto front of cost and objective, by rising cost; with a constant cost the one best point</param>
/// <param name="Importance">how much each hyperparameter mattered; empty while there is too little to tell</param>
internal sealed record ReportSearch(
    string Algorithm, int AlgorithmVersion, int RoundsClosed, StopReason? Ended, IReadOnlyList<string> WarmStart,
    PruningHyperparameters Center,
    IReadOnlyList<ReportFrontPoint> Front, IReadOnlyList<ReportImportance> Importance);

/// <summary>A point of the Pareto front.</summary>
/// <param name="Index">the pruning that tried it first</param>
/// <param name="Observed">all prunings that tried it</param>
/// <param name="Objective">their mean</param>
/// <param name="Cost">their mean</param>
internal sealed record ReportFrontPoint(int Index, IReadOnlyList<int> Observed, double Objective, double Cost);

/// <summary>How much of the variation of the objective a hyperparameter accounts for, by a model of it (Sobol's indices).</summary>
/// <param name="Parameter">its name</param>
/// <param name="Alone">its share of the variance, by itself</param>
/// <param name="Total">its share with all interactions</param>
internal sealed record ReportImportance(string Parameter, double Alone, double Total);
