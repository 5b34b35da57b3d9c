using Sweeps.ModelCore.Autoencoders;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Autoencoders;

/// <summary>
/// Inputs whose features are known: sums of a few of many unit directions, some of which come up more often than others (Sharkey et al.
/// 2022, Cunningham et al. 2023).
/// </summary>
internal sealed class ToyFeatures
{
    private readonly torch.Generator _generator;
    private readonly Tensor _chances; // (features)

    /// <param name="d">width of the inputs</param>
    /// <param name="features">how many directions there are</param>
    /// <param name="active">how many of them an input has in the mean</param>
    /// <param name="generator">of the inputs</param>
    internal ToyFeatures(int d, int features, double active, torch.Generator generator)
    {
        _generator = generator;
        Truth = RandomDirections.Draw(features, d, 11);
        var weights = torch.pow(torch.full([features], 0.99), torch.arange(features).to(ScalarType.Float32));
        _chances = (weights * active / weights.sum()).clamp(max: 1);
    }

    /// <summary>The directions, (features, d).</summary>
    internal Tensor Truth { get; }

    /// <summary>Inputs, (n, d).</summary>
    internal Tensor Draw(int n)
    {
        using var scope = torch.NewDisposeScope();
        var isActive = torch.rand([n, Truth.size(0)], generator: _generator) < _chances;
        var sizes = torch.rand([n, Truth.size(0)], generator: _generator);
        return (sizes * isActive).mm(Truth).MoveToOuterDisposeScope();
    }

    /// <summary>Trains an autoencoder on them, and gives the mean of the largest cosines of the true features with its own.</summary>
    internal double Recovered(AutoencoderOptions options)
    {
        using var mean = Draw(4096).mean([0]);
        using var scaled = Draw(4096);
        var scale = Math.Sqrt(scaled.square().mean().ToDouble());
        using var centre = mean / scale;
        using var state = new AutoencoderState(options, AutoencoderParameters.Create(options, centre, options.Seed, torch.CPU));
        var schedule = new AutoencoderSchedule(options);
        while (state.Step < options.Steps)
        {
            using var scope = torch.NewDisposeScope();
            var x = Draw(options.Batch) / scale;
            state.Train(x, schedule);
            if (schedule.Resamples(state.Step) && options.Remedy == DeadFeatureRemedy.Resample)
                FeatureResampling.Run(state, options, Draw(FeatureResampling.Candidates) / scale, 3);
        }
        using var learned = state.Parameters.Dictionary.detach();
        return DictionaryComparison.Compare("truth", Truth, "learned", learned).Mean;
    }
}
