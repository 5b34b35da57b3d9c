using System.Globalization;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning;

/// <summary>
/// Replaces dropped nodes by their values on tokens of the pretraining data [G app. E]: for each prompt and position one token is drawn, and every dropped node there takes the
/// value that it has on it. So what dropped nodes say together stays what the model says somewhere, only not here.
/// </summary>
/// <param name="model">the model</param>
/// <param name="kept">for each node whether it keeps its own value</param>
/// <param name="bank">per location (tokens, width): the activations to draw from</param>
/// <param name="seed">of the draws</param>
internal sealed class Resampling(FrozenModel model, bool[] kept, IReadOnlyDictionary<NodeLocation, Tensor> bank, ulong seed)
{
    private int _batches;

    /// <summary>The hook for the next batch.</summary>
    internal NodeHook Of(TaskRows rows)
    {
        var (count, length) = (rows.Tokens.size(0), rows.Tokens.size(1));
        var random = new KeyedRandom(seed, "validate", "resample", (_batches++).ToString(CultureInfo.InvariantCulture));
        var size = (int)bank.Values.First().size(0);
        var draws = new long[count * length];
        for (var i = 0; i < draws.Length; i++) draws[i] = random.Next(size);
        var everywhere = torch.tensor(draws, [count, length], device: model.Device);
        var gates = model.Gates(kept);
        var final = everywhere.gather(1, rows.Positions.unsqueeze(1));
        return (location, value) =>
        {
            var mask = model.At(location, gates);
            var drawn = value.size(1) == length ? everywhere : final;
            var elsewhere = bank[location].index_select(0, drawn.reshape(-1)).view(value.shape);
            return (value * mask) + (elsewhere * (1 - mask));
        };
    }
}
