using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Pruning;

/// <summary>Finds what <see cref="CurveResult"/> holds.</summary>
internal static class CircuitCurve
{
    /// <summary>
    /// Bisects for each target, the largest first. Every bisection knows the probes of all before it, and the first those of the circuit.
    /// </summary>
    /// <param name="job">the targets</param>
    /// <param name="circuit">a circuit of the pruning</param>
    /// <param name="model">its model</param>
    /// <param name="task">its task</param>
    /// <param name="order">all nodes as the pruning ranked them, the most important first</param>
    /// <param name="context">is told after each batch, and may cancel before it</param>
    /// <exception cref="InvalidDataException">the circuit is of another model or another task</exception>
    /// <exception cref="OperationCanceledException">cancelled</exception>
    internal static CurveResult Run(CurveJob job, CircuitFile circuit, FrozenModel model, TaskData task, int[] order, IJobContext context)
    {
        circuit = circuit.In(job.Model, job.Circuit.Path);
        if ((circuit.Task, circuit.TaskSeed) != (job.Task, job.TaskSeed))
            throw new InvalidDataException(
                $"{job.Circuit.Path} is a circuit of {circuit.Task} with seed {circuit.TaskSeed}: expected {job.Task} with seed "
                    + $"{job.TaskSeed}");
        double[] targets = [.. job.Targets.OrderDescending()];
        var probes = circuit.Curve.ToList();
        foreach (var (done, target) in targets.Index())
        {
            // Where the first probe would be, were there none.
            while (BisectionPlan.Next(target, order.Length, circuit.NodeCount, probes) is { } k)
            {
                var progress = new JobProgress(done, targets.Length, probes.LastOrDefault()?.Loss, $"{k} nodes for a loss of {target}");
                probes.Add(CircuitProbe.Run(model, task, order, k, job.Options, new ProbeContext(context, progress)));
            }
        }
        return new CurveResult(
            BisectionPlan.Curve(probes),
            [.. targets.Select(
                target =>
                    new TargetCircuit(
                        target, BisectionPlan.Best(target, probes) is { } best && BisectionPlan.Reaches(best, target) ? best : null))]);
    }

    /// <summary>Tells how far the curve is, not the probe under way.</summary>
    private sealed class ProbeContext(IJobContext outer, JobProgress progress) : IJobContext
    {
        public string Root => outer.Root;

        public string Device => outer.Device;

        public CancellationToken Cancelled => outer.Cancelled;

        public ArtifactRef? ResumeFrom => outer.ResumeFrom;

        public void Report(JobProgress probe) => outer.Report(progress);

        public void Checkpointed(int step, ArtifactRef checkpoint, TimeSpan took = default) => outer.Checkpointed(step, checkpoint, took);

        public void Evaluated(int step, double loss) => outer.Evaluated(step, loss);
    }
}
