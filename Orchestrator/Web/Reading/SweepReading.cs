using System.Collections.Concurrent;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Web.Reading;

/// <summary>What the journal of a sweep says at one moment.</summary>
/// <param name="Version">how many events it was made of; grows with every one</param>
/// <param name="Sweep">what the sweep has found</param>
/// <param name="Trials">its trials, in the order in which they were asked for</param>
internal sealed record SweepReading(long Version, SweepReadModel Sweep, IReadOnlyList<TrialHistory> Trials)
{
    private readonly Lazy<Dictionary<string, TrialHistory>> _byId =
        new(() => Trials.ToDictionary(trial => trial.Id.Value, StringComparer.Ordinal));

    private readonly Lazy<Timeline> _timeline = new(() => new Timeline(Trials));
    private (TimeSpan? Window, int Slots, long Due, TimelineView View)? _last;

    private readonly Lazy<(BasisComparison, IReadOnlyList<BasisMeans>)> _bases = new(() => Compare(Sweep));

    private readonly ConcurrentDictionary<SearchId, Lazy<ReportTask>> _reports = new();

    /// <summary>The trial of a name; null when there is none.</summary>
    public TrialHistory? Trial(string id) => _byId.Value.GetValueOrDefault(id);

    /// <summary>
    /// What each device did of late, see <see cref="Timeline.View"/>; or what was answered to the same question a moment ago: making it
    /// takes at most a tenth of the time, as reading does.
    /// </summary>
    public TimelineView ViewTimeline(TimeProvider time, TimeSpan? window, int slots)
    {
        lock (_timeline)
        {
            var begun = time.GetTimestamp();
            if (_last is { } last && (last.Window, last.Slots) == (window, slots) && begun < last.Due) return last.View;
            var view = _timeline.Value.View(time.GetUtcNow(), window, slots);
            var now = time.GetTimestamp();
            _last = (window, slots, now + (SweepReadings.PauseFactor * (now - begun)), view);
            return view;
        }
    }

    /// <summary>What a report says of a task whose search has begun; computed once.</summary>
    public ReportTask Report(ModelSnapshot model, TaskSnapshot task) => _reports.GetOrAdd(
        new SearchId(model.Plan.Id, task.Task), _ => new Lazy<ReportTask>(() => ReportBuilder.Task(model.Plan, task, Sweep))).Value;

    /// <summary>Circuits in different bases with their means, as a report has them; computed once.</summary>
    public (BasisComparison Compared, IReadOnlyList<BasisMeans> Means) Bases => _bases.Value;

    private static (BasisComparison, IReadOnlyList<BasisMeans>) Compare(SweepReadModel sweep)
    {
        var compared = BasisComparison.Of(
            [.. sweep.Models.Select(model => (
                model.Plan.Id.Value, model.Plan.Training.L0,
                (IReadOnlyList<(string, IReadOnlyList<BasisSnapshot>)>)[.. model.Tasks.Select(task => (task.Task, task.Bases))]))]);
        return (compared, compared.Means(sweep.Spec.Seed));
    }
}
