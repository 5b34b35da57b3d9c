using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Model;

namespace Sweeps.ModelCore.Pruning;

/// <summary>What it costs a circuit that its nodes have two values [G app. C].</summary>
/// <param name="model">the model</param>
/// <param name="task">the task</param>
/// <param name="few">some prompts of the validation split, on which many variants of the circuit are run</param>
/// <param name="kept">for each node whether it is kept</param>
/// <param name="nodes">the same by location</param>
/// <param name="calibration">the circuit's</param>
/// <param name="options">the loss and the calibration</param>
/// <param name="context">is told after each batch, and may cancel before it</param>
internal sealed class TwoValues(
    FrozenModel model, TaskData task, IReadOnlyList<TaskRows> few, bool[] kept, KeptNodes nodes, (double Scale, double Shift) calibration,
    PruningOptions options, IJobContext context)
{
    private readonly int[] _numbers = [.. Enumerable.Range(0, kept.Length).Where(node => kept[node])];
    private StepFunctions? _functions;

    /// <summary>
    /// Each node as a step function, in node order; empty for a circuit of more than <see cref="CircuitValidation.MostSteps"/> nodes.
    /// </summary>
    internal IReadOnlyList<NodeStep> Steps { get; private set; } = [];

    /// <summary>Fits the steps, and measures what each costs alone.</summary>
    /// <param name="train">prompts to fit to</param>
    internal void Fit(IReadOnlyList<TaskRows> train)
    {
        _functions = StepFunctions.Fit(model, kept, nodes, train, calibration, options.WholeVocabularyLoss, context);
        if (_numbers.Length > CircuitValidation.MostSteps) return;
        double Loss(params int[] twoValued) => Run(few, twoValued).Loss(calibration.Scale, calibration.Shift).Loss;
        var whole = Loss();
        Steps =
        [
            .. nodes.Nodes.Zip(_numbers, _functions.Values).Select(n =>
            {
                var (name, number, (threshold, low, high)) = n;
                return new NodeStep(name, threshold, low, high, Loss(number) - whole);
            }),
        ];
    }

    /// <summary>The loss on the test split with all nodes two-valued, scale and shift fitted to the validation split so.</summary>
    internal double Loss()
    {
        var fit = Fit(task.Rows(TaskSplit.Validation), _numbers);
        return Run(task.Rows(TaskSplit.Test), _numbers).Loss(fit.Scale, fit.Shift).Loss;
    }

    /// <summary>
    /// How many nodes, the cheapest first, can have two values with their calibrated loss on some prompts of the validation split at the
    /// target: a number found by bisection, which one more misses. Null where <see cref="Steps"/> are not measured.
    /// </summary>
    internal int? AtTarget()
    {
        if (Steps.Count != _numbers.Length) return null;
        var order = Steps.Zip(_numbers).OrderBy(step => step.First.Cost).ThenBy(step => step.Second).Select(step => step.Second).ToArray();
        bool Reaches(int count) => Fit(few, order[..count]).Loss <= options.TargetLoss;
        if (Reaches(order.Length)) return order.Length;
        var (reached, missed) = (0, order.Length);
        while (missed - reached > 1)
        {
            var middle = reached + ((missed - reached) / 2);
            if (Reaches(middle)) reached = middle;
            else missed = middle;
        }
        return reached;
    }

    private Calibration.Fit Fit(IReadOnlyList<TaskRows> batches, int[] twoValued) =>
        Calibration.Run(Run(batches, twoValued), options.CalibrationSteps, options.CalibrationSmoothing);

    private TaskLogits Run(IReadOnlyList<TaskRows> batches, int[] twoValued)
    {
        var which = new bool[kept.Length];
        foreach (var node in twoValued) which[node] = true;
        NodeHook hook = _functions!.Replace(which);
        return TaskEvaluation.Run(model, batches, _ => hook, options.WholeVocabularyLoss, context);
    }
}
