using System.Runtime.InteropServices;

namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>
/// What units of work take on this machine: what was measured of them so far, and the guess for the rest, corrected by what was measured of
/// others. Not thread-safe.
/// </summary>
/// <param name="work">the sweep's</param>
internal sealed class WorkTimes(SweepWork work)
{
    // How much the guess is believed: as half a unit that took what was guessed.
    private const double Belief = 0.5;

    private readonly Dictionary<(SweepStage Stage, string Group), (double Seconds, double Units)> _measured = [];

    /// <summary>Seconds that devices have worked in all.</summary>
    public double Worked => _measured.Values.Sum(measured => measured.Seconds);

    /// <summary>The times of trials that have ended.</summary>
    public void Add(IEnumerable<TrialHistory> trials)
    {
        foreach (var trial in trials)
        {
            if (work.Place(trial.Id) is not { } place) continue;
            // What the probes of a bisection took, the journal does not tell apart from how long they waited.
            if (place.Stage is SweepStage.Search or SweepStage.Attribution) continue;
            // Nor how far it was.
            if (trial.Phase == TrialPhase.Cancelled) continue;
            Add(place.Stage, place.Group, trial.Worked.TotalSeconds, trial.Phase == TrialPhase.Succeeded ? 1 : 0);
        }
    }

    /// <summary>A unit, or a part of one, has taken so long.</summary>
    public void Add(SweepStage stage, string group, double seconds, double units)
    {
        ref var measured = ref CollectionsMarshal.GetValueRefOrAddDefault(_measured, (stage, group), out _);
        measured = (measured.Seconds + seconds, measured.Units + units);
    }

    /// <summary>Seconds that one unit of each stage, but for the corpus, takes on one device in each group.</summary>
    /// <param name="running">parts of units under way, which count as well</param>
    public IReadOnlyDictionary<(SweepStage Stage, string Group), double> Seconds(IReadOnlyList<RunningPart> running)
    {
        var stages = work.Stages.Where(stage => stage != SweepStage.Prepare).ToList();
        var all = stages.SelectMany(
            stage => work.Groups, (stage, group) => (Stage: stage, Group: group, Measured: Of(stage, group.Name, running))).ToList();
        // How many times the guess the work of a stage takes, and that of all: what was not measured is like what was.
        var machine = Factor(all, of => true, 1);
        var pruning = Factor(all, of => of == SweepStage.Search, machine);
        // What is done with circuits is more like prunings than like trainings.
        var factors = stages.ToDictionary(
            stage =>
                stage, stage =>
                    stage == SweepStage.Search ? pruning : Factor(all, of => of == stage, stage == SweepStage.Train ? machine : pruning));
        return all.ToDictionary(
            of => (of.Stage, of.Group.Name),
            of =>
            {
                var (seconds, units) = of.Measured;
                return (seconds + (Belief * of.Group.Guess[of.Stage] * factors[of.Stage])) / (units + Belief);
            });
    }

    private static double Factor(
        IReadOnlyList<(SweepStage Stage, GroupWork Group, (double Seconds, double Units) Measured)> all, Func<SweepStage, bool> counts,
        double expected)
    {
        var of = all.Where(of => counts(of.Stage)).ToList();
        var belief = Belief * of.Select(one => one.Group.Guess[one.Stage]).DefaultIfEmpty(1).Average();
        var measured = of.Where(one => one.Measured.Units > 0).ToList();
        var guessed = measured.Sum(one => one.Measured.Units * one.Group.Guess[one.Stage]);
        return (measured.Sum(one => one.Measured.Seconds) + (belief * expected)) / (guessed + belief);
    }

    private (double Seconds, double Units) Of(SweepStage stage, string group, IReadOnlyList<RunningPart> running)
    {
        var (seconds, units) = _measured.GetValueOrDefault((stage, group));
        // What was lost with an attempt has taken time and ended nothing.
        if (units <= 0) seconds = 0;
        foreach (var part in running.Where(part => part.Stage == stage && part.Group == group && part.Units >= RunningPart.Least))
            (seconds, units) = (seconds + part.Seconds, units + part.Units);
        return (seconds, units);
    }
}

/// <summary>The part of a unit that a running attempt has done.</summary>
/// <param name="Stage">of the unit</param>
/// <param name="Group">of the unit</param>
/// <param name="Seconds">that it took</param>
/// <param name="Units">how much of the unit that is, 0 to 1</param>
internal readonly record struct RunningPart(SweepStage Stage, string Group, double Seconds, double Units)
{
    /// <summary>A smaller part tells nothing of the whole.</summary>
    public const double Least = 0.02;
}
