using System.Text;
using System.Text.Json;
using Sweeps.Search;

namespace Sweeps.Orchestrator.Reports;

/// <summary>Makes the report's document from what the sweep found: a pure function of the snapshot.</summary>
internal static class ReportBuilder
{
    /// <summary>The document of <paramref name="sweep"/>, finished or not.</summary>
    public static ReportDocument Build(SweepReadModel sweep)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        return new ReportDocument(
            // What was taken from other runs is what would have been found.
            sweep.Spec.Name, sweep.Status, sweep.Spec with { Reuse = [] }, Corpus(sweep.Prepared),
            [.. sweep.Models.Select(m => Model(m, sweep))], sweep.Failures)
        {
            TrainingSearches = [.. sweep.TrainingSearches.Select(ReportSearches.Of)],
        };
    }

    /// <summary>The bytes of report.json: UTF-8, one newline at the end, the same for equal documents.</summary>
    public static byte[] ToJson(ReportDocument document) =>
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(document, JobJson.Indented) + "\n");

    /// <summary>The corpus; null until it is prepared.</summary>
    public static ReportCorpus? Corpus(PrepareResult? p) =>
        p is null ? null : new ReportCorpus(p.VocabSize, p.Documents, p.Bytes, p.TrainTokens, p.ValidationTokens, p.BigramLoss)
        {
            LeftOut = p.LeftOut,
        };

    private static ReportModel Model(ModelSnapshot m, SweepReadModel sweep)
    {
        var tasks = m.Tasks.Select(t => Task(m.Plan, t, sweep)).ToList();
        var counted = tasks.Select(CountedEdges.OfBest).OfType<int>().ToList();
        return new ReportModel(
            m.Plan.Id.Value, m.Plan.Config.DModel, m.Plan.Config.NLayer, m.Plan.Training.L0,
            m.Plan.Source is null && (m.Plan.Suggestion is null || m.Suggested is not null) ? m.Plan.Training.PeakLr : null, m.Plan.Replica,
            Training(m.Trained),
            m.Failure, m.Selected, tasks.Count(t => t.Verdict == CircuitVerdict.Holds),
            tasks.Count(t => t is { Best.Reached: true, Verdict: not CircuitVerdict.NotLearned }), counted.Count, GeometricMean.Of(counted),
            tasks)
        {
            Group = m.Plan.Group,
            Suggested = m.Suggested is { } s
                ? new ReportSuggestedTraining(s.Index, s.Round, s.Kind, s.Hyperparameters, s.Forgotten)
                : null,
            Stopped = m.Stopped,
            ImportedSha256 = m.Plan.Source?.Sha256,
            Dictionaries = [.. m.Dictionaries.Select(ReportDictionaries.Of)],
            Bridges = m.Bridges,
        };
    }

    private static ReportTraining? Training(TrainResult? t) => t is null ? null : new ReportTraining(
        t.Model.Sha256, t.Curve, t.Steps, t.Parameters, t.Nonzeros, t.L0, t.TrainLoss, t.ValidationLoss, t.DeadFraction,
        t.ResidualKurtosis);

    public static ReportTask Task(PlannedModel model, TaskSnapshot t, SweepReadModel sweep)
    {
        var (search, options) = (t.Search, sweep.Spec.Pruning);
        var prunings = search?.Prunings ?? [];
        var best = Circuit(search?.Best, options);
        return new ReportTask(
            t.Task, t.Evaluated, t.Failure, search?.Completed ?? false, best, BestSoFar(search),
            [.. prunings.Select(p => Pruning(p, search!.State, options))], search is null ? null : ReportSearches.Of(search), t.Validation,
            t.Attribution,
            t.Curve, t.Edges, Verdict(model, t, best, sweep))
        {
            Given = t.Given,
            Bases = t.Bases,
        };
    }

    /// <summary>What became of a task in a model.</summary>
    public static CircuitVerdict Verdict(PlannedModel model, TaskSnapshot t, SweepReadModel sweep) =>
        Verdict(model, t, Circuit(t.Search?.Best, sweep.Spec.Pruning), sweep);

    private static CircuitVerdict Verdict(PlannedModel model, TaskSnapshot t, ReportCircuit? best, SweepReadModel sweep)
    {
        var validation = model.Of(SweepStage.Validate, t.Task).Value;
        var unvalidated = !sweep.Spec.Validate || sweep.Failures.Any(f => f.Subject == validation);
        return CircuitVerdicts.Of(sweep.Spec, t, best, unvalidated);
    }

    private static ReportCircuit? Circuit(PruningSnapshot? best, PruningOptions options)
    {
        if (best?.Outcome is not { Circuit: { } circuit } outcome
            || BisectionPlan.Best(options.SelectionLoss, outcome.Curve) is not { } probe) return null;
        return new ReportCircuit(
            best.Index, circuit.Nodes, circuit.Edges, probe.LossBefore, circuit.ValidationLoss, probe.Scale, probe.Shift, circuit.TestLoss,
            circuit.TestAccuracy, circuit.ValidationLoss <= options.SelectionLoss, circuit.Circuit, outcome.Curve);
    }

    private static ReportPruning Pruning(PruningSnapshot p, SearchState state, PruningOptions options)
    {
        var probe = p.Outcome is null ? null : BisectionPlan.Best(options.SelectionLoss, p.Outcome.Curve);
        return new ReportPruning(
            p.Index, p.Round, state.Suggestions[p.Index].Kind, p.Hyperparameters, p.Outcome?.Objective, state.Observations.FirstOrDefault(
                o => o.Index == p.Index)?.Cost,
            probe?.K, probe?.Edges, probe?.Loss, p.Outcome?.Failure, p.Forgotten)
        {
            Stopped = p.Outcome?.Stopped,
        };
    }

    private static List<double?> BestSoFar(SearchSnapshot? search)
    {
        var best = new List<double?>();
        for (var round = 0; round < (search?.RoundsClosed ?? 0); round++)
            best.Add(search!.Prunings.Where(p => p.Round <= round).Min(p => p.Outcome?.Objective));
        return best;
    }
}
