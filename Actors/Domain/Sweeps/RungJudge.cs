using Sweeps.Domain.Trials;
using Sweeps.Search;

namespace Sweeps.Domain.Sweeps;

/// <summary>A training of a group, as far as it can be compared.</summary>
/// <param name="Losses">at the rungs, ascending by step</param>
/// <param name="IsOver">whether no more of them will come</param>
/// <param name="StoppedAt">the rung at which it was stopped, in steps; null when it was not</param>
internal readonly record struct RungTraining(ValueList<EvaluatedAt> Losses, bool IsOver, int? StoppedAt);

/// <summary>What can be said of a training by now.</summary>
/// <param name="Stop">where it has to be stopped, and is not yet; null when nowhere by now</param>
/// <param name="IsPending">whether it is at a rung where those before it are awaited</param>
internal readonly record struct RungJudgement(EarlyStop? Stop, bool IsPending);

/// <summary>
/// Who of a group is stopped. A training is compared at each rung with those before it in the plan, and not with those that happen to have
/// come there: so that who is stopped is a function of the losses alone, whatever the order and the time in which they become known.
/// </summary>
internal static class RungJudge
{
    // As many as Vizier and Ray Tune ask for.
    private const int LeastForMedian = 3;

    /// <summary>Judges the trainings of a group from one of them on.</summary>
    /// <param name="options">the rule</param>
    /// <param name="rungs">in steps, ascending</param>
    /// <param name="group">all of it, in the plan's order</param>
    /// <param name="first">the first that is judged: all before it are settled</param>
    /// <returns>one for each training from <paramref name="first"/> on</returns>
    public static RungJudgement[] Judge(
        EarlyStoppingOptions options, IReadOnlyList<int> rungs, IReadOnlyList<RungTraining> group, int first)
    {
        var judged = new RungJudgement[group.Count - first];
        var stoppedAt = group.Select(training => training.StoppedAt).ToArray();
        // Rungs that a training has behind it for certain.
        var passed = new int[group.Count];
        Array.Fill(passed, rungs.Count, 0, first);
        for (var i = first; i < group.Count; i++)
        {
            if (stoppedAt[i] is not null) continue;
            var judgement = default(RungJudgement);
            while (passed[i] < rungs.Count && judgement == default && (LossAt(i, passed[i]) is not null || IsGone(i, passed[i])))
            {
                if (LossAt(i, passed[i]) is { } loss) judgement = AtRung(i, passed[i], loss);
                if (judgement == default) passed[i]++;
            }
            if (judgement.Stop is { } stop) stoppedAt[i] = stop.Step;
            judged[i - first] = judgement;
        }
        return judged;

        RungJudgement AtRung(int i, int rung, double loss)
        {
            var others = new List<double>(i);
            for (var j = 0; j < i; j++)
            {
                if (stoppedAt[j] is { } stopped && stopped < rungs[rung]) continue;
                var known = LossAt(j, rung);
                if (known is null && IsGone(j, rung)) continue;
                if (known is null || (passed[j] < rung && stoppedAt[j] is null)) return new RungJudgement(null, IsPending: true);
                others.Add(known.Value);
            }
            return new RungJudgement(Compare(options, rungs[rung], loss, others), IsPending: false);
        }

        double? LossAt(int i, int rung)
        {
            foreach (var (step, loss) in group[i].Losses)
                if (step == rungs[rung]) return loss;
            return null;
        }

        // Whether there is no loss at the rung, and none will come.
        bool IsGone(int i, int rung) =>
            LossAt(i, rung) is null && (group[i].IsOver || group[i].Losses is [.., var last] && last.Step > rungs[rung]);
    }

    /// <summary>The fraction of trainings that goes on behind a rung, as far as it is expected of losses that come in any order.</summary>
    /// <param name="options">the rule</param>
    /// <param name="trainings">how many come to the rung</param>
    public static double ExpectedToGoOn(EarlyStoppingOptions options, int trainings) => trainings == 0
        ? 0
        : Enumerable.Range(1, trainings).Average(place => options.Trainings switch
        {
            TrainingStopping.None => 1,
            TrainingStopping.Median => place > LeastForMedian ? 0.5 : 1,
            _ => (double)BestOf(options, place) / place,
        });

    private static EarlyStop? Compare(EarlyStoppingOptions options, int step, double loss, List<double> others)
    {
        others.Sort();
        var place = others.Count(other => other <= loss) + 1;
        var of = others.Count + 1;
        if (options.Trainings == TrainingStopping.Median)
        {
            if (others.Count < LeastForMedian) return null;
            var median = (others[(others.Count - 1) / 2] + others[others.Count / 2]) / 2;
            return loss > median ? new EarlyStop(TrainingStopping.Median, step, loss, place, of, median) : null;
        }
        var best = BestOf(options, of);
        return place > best ? new EarlyStop(TrainingStopping.Asha, step, loss, place, of, others[best - 1]) : null;
    }

    private static int BestOf(EarlyStoppingOptions options, int trainings) =>
        Math.Max(1, (int)Math.Floor(trainings / options.Reduction * (1 + 1e-12)));
}
