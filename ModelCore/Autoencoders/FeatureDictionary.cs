using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// Features of a model's activations at one location, in the activations' own units: a code c of an activation x, and
/// x̂ = c · atoms + bias. Sparse autoencoders, and the baselines that they are compared with. Shapes in comments: n activations, d
/// channels, F features.
/// </summary>
internal abstract class FeatureDictionary : IDisposable
{
    /// <param name="origin">what it belongs to</param>
    /// <param name="atoms">(F, d); leaves its scope, and is disposed with this object</param>
    /// <param name="bias">(d); likewise</param>
    protected FeatureDictionary(DictionaryOrigin origin, Tensor atoms, Tensor bias)
    {
        Origin = origin;
        Atoms = atoms.DetachFromDisposeScope();
        Bias = bias.DetachFromDisposeScope();
    }

    /// <summary>Kind, location and model.</summary>
    internal DictionaryOrigin Origin { get; }

    /// <summary>(F, d), each of length 1.</summary>
    internal Tensor Atoms { get; }

    /// <summary>(d)</summary>
    internal Tensor Bias { get; }

    /// <summary>
    /// On how many validation activations each feature was not 0 (F), where that was counted: of autoencoders. Null of others.
    /// </summary>
    internal IReadOnlyList<long>? Firings { get; set; }

    internal int Features => (int)Atoms.size(0);

    internal int Width => (int)Atoms.size(1);

    /// <summary>The code of activations, as at evaluation.</summary>
    /// <param name="x">(n, d)</param>
    /// <returns>(n, F); of most kinds few entries are not 0</returns>
    internal abstract Tensor Encode(Tensor x);

    /// <summary>The linear map that its codes are made from; null of those that search for their codes.</summary>
    internal virtual LinearEncoder? Linear => null;

    /// <summary>What codes stand for.</summary>
    /// <param name="codes">(n, F)</param>
    /// <returns>(n, d)</returns>
    internal Tensor Decode(Tensor codes) => Bias.addmm(codes, Atoms);

    /// <summary>The tensors of its file beside atoms and bias, by name.</summary>
    internal virtual IEnumerable<(string Name, Tensor Value)> Others => [];

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (!disposing) return;
        Atoms.Dispose();
        Bias.Dispose();
    }
}
