using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Training;

namespace Sweeps.Orchestrator.Cli.Planning;

/// <summary>
/// How long passes take on a CPU, for a guess of a sweep's times before anything of it is measured: in floating-point operations of dense
/// products that take as long.
/// </summary>
internal static class PassWork
{
    // A product by kernels takes what a dense one does at a density of one half (docs/performance.md).
    private const double OfNonzeros = 2;

    // What no matrix product does (norms, activation functions, optimiser) goes by the numbers that a pass makes. Fitted to trainings
    // of make frontier, widths 32 to 512.
    private const double OfActivation = 60;

    private const int Samples = 100;

    /// <summary>Of a training, as a multiple of its operations with dense arithmetic.</summary>
    public static double OfTraining(ModelConfig config, TrainingOptions training)
    {
        var schedule = new TrainingSchedule(training);
        return Of(config, kind => Enumerable.Range(1, Samples).Average(
            sample => Saved(schedule.L0(Math.Max(1, training.Steps * sample / Samples), kind))));
    }

    /// <summary>Of passes of a trained model, as a multiple of their operations with dense arithmetic.</summary>
    public static double OfTrained(ModelConfig config, TrainingOptions training)
    {
        var schedule = new TrainingSchedule(training);
        return Of(config, kind => Saved(schedule.L0(training.Steps, kind)));
    }

    /// <inheritdoc cref="OfTrained"/>
    public static double OfImported(ModelConfig config, long nonzeros)
    {
        var density = Math.Min((double)nonzeros / ParameterSpec.Of(config).Sum(spec => spec.NumberOfElements), 1);
        return Of(config, kind => Saved(density));
    }

    // What a dense product takes less at a density, as a part of it.
    private static double Saved(double density) => Math.Max(1 - (OfNonzeros * density), 0);

    private static double Of(ModelConfig config, Func<ParameterKind, double> saved)
    {
        var dense = SweepEstimate.FlopsPerToken(config);
        var less = SweepEstimate.Products(config).Sum(product => 2.0 * product.NumberOfElements * saved(product.Kind));
        // A training step takes three forward passes, and makes these numbers once.
        return (dense - less + (OfActivation / 3 * SweepEstimate.ActivationsPerToken(config))) / dense;
    }
}
