using System.Collections.Immutable;
using System.Globalization;

namespace Sweeps.Domain.Sweeps;

/// <summary>What is stopped before its end because it has fallen behind; default nothing.</summary>
public sealed record EarlyStoppingOptions
{
    /// <summary>The rule for trainings of a group, those with other learning rates or other suggestions; default none.</summary>
    public TrainingStopping Trainings { get; init; }

    /// <summary>The fraction of the steps after which trainings are first compared, above 0 and below 1; default 0.25.</summary>
    public double FirstRung { get; init; } = 0.25;

    /// <summary>
    /// By what each rung is later than the one before it; by <see cref="TrainingStopping.Asha"/> also the inverse of the fraction that goes
    /// on. Above 1; default 3.
    /// </summary>
    public double Reduction { get; init; } = 3;

    /// <summary>
    /// Whether a pruning whose circuit cannot be smaller than the best of the rounds before it ends there; default no.
    /// </summary>
    public bool Prunings { get; init; }

    /// <summary>Whether any training may be stopped.</summary>
    internal bool StopsTrainings => Trainings != TrainingStopping.None;

    /// <summary>What is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (!(FirstRung > 0 && FirstRung < 1))
            yield return string.Create(CultureInfo.InvariantCulture, $"first_rung is {FirstRung}: expected above 0 and below 1");
        if (!(Reduction > 1 && double.IsFinite(Reduction)))
            yield return string.Create(CultureInfo.InvariantCulture, $"reduction is {Reduction}: expected above 1");
    }

    /// <summary>How much of its steps a training is expected to run, above 0 and at most 1, when losses come in any order.</summary>
    /// <param name="training">its options</param>
    /// <param name="trainings">how many its group has</param>
    public double ExpectedPart(TrainingOptions training, int trainings)
    {
        var (steps, goOn, before) = (0.0, 1.0, 0);
        foreach (var rung in StopsTrainings ? Rungs(training) : [])
        {
            steps += goOn * (rung - before);
            goOn *= RungJudge.ExpectedToGoOn(this, (int)Math.Round(goOn * trainings));
            before = rung;
        }
        return (steps + (goOn * (training.Steps - before))) / training.Steps;
    }

    /// <summary>
    /// The steps at which trainings are compared, ascending: each a rung moved up to the next evaluation, before the last step. Empty when
    /// none is evaluated between the first rung and its end.
    /// </summary>
    internal ImmutableArray<int> Rungs(TrainingOptions training)
    {
        var rungs = ImmutableArray.CreateBuilder<int>();
        for (var fraction = FirstRung; fraction < 1; fraction *= Reduction)
        {
            // A product that should be whole may be a little above.
            var evaluations = Math.Ceiling(fraction * training.Steps / training.EvalEvery * (1 - 1e-12));
            var step = evaluations * training.EvalEvery;
            if (step >= training.Steps) break;
            if (rungs.Count == 0 || step > rungs[^1]) rungs.Add((int)step);
        }
        return rungs.ToImmutable();
    }
}
