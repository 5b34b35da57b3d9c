using Sweeps.ModelCore.Training;

namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>What the parts of the work on models of one group take on this machine, in seconds of one device.</summary>
/// <param name="SparseStep">a training step at the target L0</param>
/// <param name="DenseStep">a training step at L0 1</param>
/// <param name="PruneStart">what a pruning takes before its first step</param>
/// <param name="PruneStep">a step of mask training</param>
/// <param name="Probe">a probe of the bisection, with its messages</param>
/// <param name="Circuit">the circuit at the end of a bisection</param>
/// <param name="Evaluate">the unpruned model on one task</param>
/// <param name="Import">an imported model; null for one that is trained</param>
internal sealed record GroupTimes(
    double SparseStep, double DenseStep, double PruneStart, double PruneStep, double Probe, double Circuit, double Evaluate,
    double? Import = null)
{
    // Of the most probes that a bisection may need, so many are needed as a rule: those of the demo.
    private const double UsualProbes = 0.35;

    public double Training(TrainingOptions training, int contextLength)
    {
        var schedule = new TrainingSchedule(training);
        // The products are dense or sparse or in between: by the logarithm of what is left of them.
        double Dense(int step) => training.L0 >= 1 ? 0 : 1 - (Math.Log(schedule.L0(step)) / Math.Log(training.L0));
        var dense = Enumerable.Range(1, 100).Average(part => Dense(Math.Max(1, training.Steps * part / 100)));
        var step = SparseStep + (dense * (DenseStep - SparseStep));
        // A forward pass is a third of a step.
        var evaluations = (training.Steps + training.EvalEvery - 1) / training.EvalEvery;
        var passes = (evaluations * training.EvalBatches) + ((double)training.MeanCacheTokens / (training.BatchSize * contextLength));
        return (training.Steps * step) + (passes * SparseStep / 3);
    }

    /// <summary>What a pruning takes, with its bisection.</summary>
    public double Pruning(PruningOptions pruning, long nodes) =>
        PruneStart + (pruning.Steps * PruneStep) + (UsualProbes * BisectionPlan.MaxProbes(nodes) * Probe) + Circuit;
}
