using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

/// <summary>A model on fixed validation batches.</summary>
/// <param name="Loss">nats per token</param>
/// <param name="DeadFraction">nodes that were nonzero on no token, as a fraction of all nodes</param>
/// <param name="DeadFractionByLocation">the same for each node location, by name</param>
/// <param name="ResidualKurtosis">
/// kurtosis of the final residual [G fig. 10]: of each token's channels, E[(x − μ)⁴] / σ⁴ (3 for a normal distribution), averaged over
/// tokens
/// </param>
public sealed record Evaluation(
    double Loss, double DeadFraction, IReadOnlyDictionary<string, double> DeadFractionByLocation, double ResidualKurtosis)
{
    /// <summary>Runs the model over the batches.</summary>
    /// <param name="model">the model</param>
    /// <param name="batches">at least one</param>
    /// <param name="onBatch">is told of every batch that is done; null for nobody</param>
    public static Evaluation Run(Transformer model, IReadOnlyList<TokenBatch> batches, Action<TokenBatch>? onBatch = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batches);
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var device = model.FinalLogitsBias.device;
        var locations = NodeLocation.All(model.Config.NLayer).ToList();
        var alive = locations.ToDictionary(at => at, at => torch.zeros([model.Config.Width(at.Site)], ScalarType.Float32, device));
        double loss = 0, kurtosis = 0;
        foreach (var batch in batches)
        {
            using var batchScope = torch.NewDisposeScope();
            var (tokens, targets) = batch.ToTensors(device);
            loss += model.Loss(tokens, targets, Read, Tap).ToDouble();
            onBatch?.Invoke(batch);
        }
        var dead = locations.ToDictionary(at => at, at => alive[at].numel() - alive[at].count_nonzero().ToInt64());
        return new Evaluation(
            loss / batches.Count,
            (double)dead.Values.Sum() / locations.Sum(at => (long)model.Config.Width(at.Site)),
            new SortedDictionary<string, double>(
                dead.ToDictionary(at => at.Key.Name, at => (double)at.Value / model.Config.Width(at.Key.Site)), StringComparer.Ordinal),
            kurtosis / batches.Count);

        Tensor Read(NodeLocation location, Tensor value)
        {
            alive[location].add_(value.abs().amax([0, 1]));
            return value;
        }

        Tensor Tap(string name, Tensor value)
        {
            if (name == "final_resid") kurtosis += Kurtosis(value);
            return value;
        }
    }

    /// <summary>
    /// At most <paramref name="wanted"/> batches, evenly spaced over the tokens; all of them where there are fewer.
    /// </summary>
    internal static List<TokenBatch> Batches(SequentialBatches all, int wanted)
    {
        var count = Math.Min(wanted, all.Count);
        return [.. Enumerable.Range(0, count).Select(i => all.At((int)((long)i * all.Count / count)))];
    }

    /// <summary>
    /// Mean over tokens of the kurtosis over channels, (B, T, d) → a number. Tokens whose channels are all equal have none and do not
    /// count.
    /// </summary>
    internal static double Kurtosis(Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        var squares = (x - x.mean([-1], keepdim: true)).to(ScalarType.Float64).square();
        var variance = squares.mean([-1]); // (B, T)
        // A sparse embedding may have rows of zeros: 0 / 0 for such a token would make the mean of all NaN.
        var ratio = squares.square().mean([-1]) / variance.square().clamp(min: 1e-300);
        return ratio.sum().ToDouble() / Math.Max(1, variance.count_nonzero().ToInt64());
    }
}
