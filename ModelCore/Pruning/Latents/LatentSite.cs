using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Pruning.Latents;

/// <summary>
/// A residual read or write whose nodes are the features of a dictionary. A value x is D ᵀc + b + e, of the code c, the dictionary's bias b
/// and what it does not explain, e. A read's map W then is (W Dᵀ) c + W (b + e), and the entries of W Dᵀ are the weights between nodes; of
/// a write's map P those of M P are, with the dictionary's encoder M.
/// </summary>
/// <remarks>Shapes in comments: d channels of the location, F features, R rows and C columns of the map, H heads.</remarks>
internal sealed class LatentSite : IDisposable
{
    private readonly FeatureDictionary _dictionary;
    private readonly LinearEncoder _encoder;
    private readonly Tensor _map, _bias; // the model's: read (R, d), (R); write (d, C), (d)
    private readonly Tensor _codeBias; // of a write: what z is beside the map's products (F)
    private Tensor? _meanError; // (d)
    private Tensor? _meanShift; // of a read: W (b + mean e), (R)

    /// <summary>Takes the dictionary over.</summary>
    /// <param name="model">the model; it must live as long</param>
    /// <param name="dictionary">of a residual read or write</param>
    /// <exception cref="JobInputException">the location or the dictionary is not of that kind</exception>
    internal LatentSite(Transformer model, FeatureDictionary dictionary)
    {
        var at = dictionary.Origin.Location;
        if (at.Node is not { Site: NodeSite.AttnActIn or NodeSite.AttnResidDelta or NodeSite.MlpActIn or NodeSite.MlpResidDelta } location)
            throw new JobInputException(
                $"{at} is no residual read or write: expected attn.act_in, attn.resid_delta, mlp.act_in or mlp.resid_delta of a layer");
        if (model.Config.TopKOfResidual() < model.Config.DModel)
            throw new JobInputException("AbsTopK acts on the residual (residual_topk): expected a model where features add up there");
        if (!location.IsIn(model.Config.NLayer))
            throw new JobInputException($"there is a dictionary of {at}: the model has {model.Config.NLayer} layers, numbered from 0");
        if (dictionary.Width != model.Config.Width(location.Site))
        {
            throw new JobInputException(
                $"the dictionary of {at} is of {dictionary.Width} channels: expected the {model.Config.Width(location.Site)} of the model");
        }
        _encoder = dictionary.Linear
            ?? throw new JobInputException(
                $"a dictionary of the kind {dictionary.Origin.Kind} has no linear encoder: expected an autoencoder");
        (Location, _dictionary) = (location, dictionary);
        IsRead = location.Site is NodeSite.AttnActIn or NodeSite.MlpActIn;
        if (!IsRead && model.Config.TopK(location.Site) < model.Config.Width(location.Site))
        {
            throw new JobInputException(
                $"AbsTopK acts at {at}, so that no weights lead to features there: expected a model whose activation_fraction is 1");
        }
        var name = location.Site switch
        {
            NodeSite.AttnActIn => "attn.c_attn",
            NodeSite.AttnResidDelta => "attn.c_proj",
            NodeSite.MlpActIn => "mlp.c_fc",
            _ => "mlp.c_proj",
        };
        (Matrix, BiasName) = ($"transformer.h.{location.Layer}.{name}.weight", $"transformer.h.{location.Layer}.{name}.bias");
        (_map, _bias) = (model[Matrix], model[BiasName]);
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        Weight = (IsRead ? _map.mm(dictionary.Atoms.t()) : _encoder.Weight.mm(_map)).contiguous().DetachFromDisposeScope();
        _codeBias = (IsRead ? torch.zeros([1]) : _encoder.Weight.mv(_bias) + _encoder.Bias).DetachFromDisposeScope();
    }

    internal NodeLocation Location { get; }

    internal bool IsRead { get; }

    /// <summary>The name of the map that reads or writes it.</summary>
    internal string Matrix { get; }

    /// <summary>The weights between nodes: (R, F) of a read, (F, C) of a write.</summary>
    internal Tensor Weight { get; }

    internal int Features => _dictionary.Features;

    /// <summary>What each feature stands for (F, d).</summary>
    internal Tensor Atoms => _dictionary.Atoms;

    /// <summary>z = x · weightᵀ + bias, and codes of it.</summary>
    internal LinearEncoder Encoder => _encoder;

    private string BiasName { get; }

    /// <summary>The code of a value, (…, d) → (…, F).</summary>
    internal Tensor Encode(Tensor x) => _dictionary.Encode(x.reshape(-1, x.size(-1))).view([.. x.shape[..^1], Features]);

    /// <summary>Says what the mean error is: that of the values less what the mean code stands for.</summary>
    /// <param name="meanValue">(d)</param>
    /// <param name="meanCode">(F)</param>
    internal void SetMeans(Tensor meanValue, Tensor meanCode)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        _meanError = (meanValue - Decode(meanCode.unsqueeze(0)).squeeze(0)).DetachFromDisposeScope();
        if (IsRead) _meanShift = _map.mv(_dictionary.Bias + _meanError).DetachFromDisposeScope();
    }

    /// <summary>The value that the model goes on with.</summary>
    /// <param name="value">what the model gives; of a gated write what <see cref="AddWeights"/> makes of it</param>
    /// <param name="nodes">what becomes of the codes</param>
    /// <param name="keepsErrors">whether what the dictionary does not explain stays, or is at its mean</param>
    internal Tensor Apply(Tensor value, Func<Tensor, Tensor> nodes, bool keepsErrors)
    {
        var code = Encode(value);
        var error = keepsErrors ? value - Decode(code) : _meanError!;
        return Decode(nodes(code)) + error;
    }

    /// <summary>As <see cref="Apply"/>, where <see cref="AddWeights"/> has gated the edges.</summary>
    /// <inheritdoc cref="Apply"/>
    internal Tensor ApplyGated(Tensor value, Func<Tensor, Tensor> nodes, bool keepsErrors)
    {
        if (IsRead)
        {
            var code = Encode(value);
            if (!keepsErrors) return nodes(code);
            // Before the codes change: an error is of the value that came.
            var rest = value - Decode(code) + _dictionary.Bias;
            return torch.cat([nodes(code), rest], -1);
        }
        if (!keepsErrors) return Decode(nodes(_encoder.Activate(value))) + _meanError!;
        var parts = value.split([_dictionary.Width, Features, Features], -1);
        var error = parts[0] - Decode(_encoder.Activate(parts[1]));
        return Decode(nodes(_encoder.Activate(parts[2]))) + error;
    }

    /// <summary>Adds to the weights of a pass those of gated edges, for <see cref="ApplyGated"/>.</summary>
    /// <param name="weights">of the pass, by their names</param>
    /// <param name="left"><see cref="Weight"/> times gates</param>
    /// <param name="shift">what dropped edges carry (R), (F); null where attention carries it</param>
    /// <param name="mass">what dropped edges carry per unit of each head's attention (F, H); null elsewhere</param>
    /// <param name="keepsErrors">as in <see cref="ApplyGated"/></param>
    internal void AddWeights(Dictionary<string, Tensor> weights, Tensor left, Tensor? shift, Tensor? mass, bool keepsErrors)
    {
        if (IsRead)
        {
            weights[Matrix] = keepsErrors ? torch.cat([left, _map], 1) : left;
            weights[BiasName] = (keepsErrors ? _bias : _bias + _meanShift!) + shift!;
            return;
        }
        // A tensor of the pass's own, which is disposed with the others.
        var bias = shift is null ? _codeBias.alias() : _codeBias + shift;
        // What the dictionary does not explain is asked of what the map gives, whole, and by the same products as the gated codes.
        weights[Matrix] = keepsErrors ? torch.cat([_map, Weight, left], 0) : left;
        weights[BiasName] = keepsErrors ? torch.cat([_bias, _codeBias, bias], 0) : bias;
        if (mass is null) return;
        weights[Transformer.AttentionMassName(Location.Layer)] = keepsErrors
            ? torch.cat([torch.zeros([_dictionary.Width + Features, mass.size(1)], device: mass.device), mass], 0)
            : mass;
    }

    public void Dispose()
    {
        _dictionary.Dispose();
        Weight.Dispose();
        _codeBias.Dispose();
        _meanError?.Dispose();
        _meanShift?.Dispose();
    }

    private Tensor Decode(Tensor codes) =>
        _dictionary.Decode(codes.reshape(-1, Features)).view([.. codes.shape[..^1], _dictionary.Width]);
}
