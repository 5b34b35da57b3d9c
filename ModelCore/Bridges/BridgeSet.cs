using System.Globalization;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Bridges;

/// <summary>The bridges of all sites between two models.</summary>
internal sealed class BridgeSet : IDisposable
{
    private readonly List<Parameter> _encoders = [], _decoders = [];

    /// <summary>Bridges with these values, which it takes over: they leave their scopes and are disposed of with it.</summary>
    /// <param name="options">sites, and how many channels encoders keep</param>
    /// <param name="layers">layers of both models</param>
    /// <param name="dense">d_d</param>
    /// <param name="sparse">d_s</param>
    /// <param name="tensor">the values of a parameter, by its spec</param>
    internal BridgeSet(BridgeOptions options, int layers, int dense, int sparse, Func<ParameterSpec, Tensor> tensor)
    {
        var all = new List<Bridge>();
        foreach (var (i, site) in options.Locations(layers).Index())
        {
            all.Add(new Bridge(
                site, Own(_encoders, Name(i, "encoder.weight"), sparse, dense), Own(_encoders, Name(i, "encoder.bias"), sparse),
                Own(_decoders, Name(i, "decoder.weight"), dense, sparse), Own(_decoders, Name(i, "decoder.bias"), dense),
                options.EncoderChannels(sparse)));
        }
        All = all;
        // Only when all are there: what a failure leaves goes with its scope.
        foreach (var parameter in Parameters) parameter.Value.DetachFromDisposeScope();

        Tensor Own(List<Parameter> list, string name, params long[] shape)
        {
            var spec = new ParameterSpec(name, ParameterKind.Bridge, shape);
            var value = tensor(spec);
            list.Add(new Parameter(spec, value));
            return value;
        }
    }

    /// <summary>By site, in the order a token meets them.</summary>
    internal IReadOnlyList<Bridge> All { get; }

    /// <summary>Weights and biases of the encoders: <c>site.0.encoder.weight</c>, and so on.</summary>
    internal IReadOnlyList<Parameter> Encoders => _encoders;

    internal IReadOnlyList<Parameter> Decoders => _decoders;

    /// <summary>All of them, in the order of files.</summary>
    internal IEnumerable<Parameter> Parameters => _encoders.Concat(_decoders);

    /// <summary>New ones, which want gradients: weights U(±1/√inputs), biases 0.</summary>
    /// <param name="options">sites, and how many channels encoders keep</param>
    /// <param name="dense">the dense model's shape</param>
    /// <param name="sparse">the sparse one's</param>
    /// <param name="seed">of the draws, which are made on the CPU whatever the device</param>
    /// <param name="device">where they will be</param>
    /// <param name="dtype">type of the values</param>
    internal static BridgeSet Create(
        BridgeOptions options, ModelConfig dense, ModelConfig sparse, ulong seed, Device device, ScalarType dtype = ScalarType.Float32)
    {
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(seed);
        return new BridgeSet(
            options, sparse.NLayer, dense.DModel, sparse.DModel, spec => Initial(spec).to(dtype).to(device).requires_grad_());

        Tensor Initial(ParameterSpec spec)
        {
            if (spec.Shape.Count == 1) return torch.zeros([.. spec.Shape]);
            var bound = 1 / Math.Sqrt(spec.Shape[1]);
            return torch.empty([.. spec.Shape]).uniform_(-bound, bound, generator);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var parameter in Parameters) parameter.Value.Dispose();
    }

    private static string Name(int site, string part) => string.Create(CultureInfo.InvariantCulture, $"site.{site}.{part}");
}
