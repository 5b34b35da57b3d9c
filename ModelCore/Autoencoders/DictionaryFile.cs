using System.Text.Json;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// A dictionary of features as a safetensors file, in the activations' own units; its names are in this folder's README. The same
/// dictionary gives the same bytes.
/// </summary>
internal static class DictionaryFile
{
    private const string Format = "sweeps.dictionary.1";

    /// <summary>Writes one.</summary>
    /// <param name="stream">where to</param>
    /// <param name="dictionary">what</param>
    internal static void Save(Stream stream, FeatureDictionary dictionary)
    {
        using var scope = torch.NewDisposeScope();
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["kind"] = dictionary.Origin.Kind,
            ["location"] = dictionary.Origin.Location.Name,
            ["model"] = dictionary.Origin.Model,
        };
        if (dictionary is Autoencoder autoencoder)
            metadata.Add("options", JsonSerializer.Serialize(autoencoder.Options, JobJson.Options));
        List<(string, Tensor)> tensors = [("decoder.weight", dictionary.Atoms), ("decoder.bias", dictionary.Bias), .. dictionary.Others];
        if (dictionary.Firings is { } firings) tensors.Add(("firings", torch.tensor(firings.ToArray())));
        Safetensors.Save(stream, tensors, metadata);
    }

    /// <summary>Reads one.</summary>
    /// <param name="path">the file</param>
    /// <param name="activeFeatures">features that a baseline uses for each activation; an autoencoder has its own number</param>
    /// <param name="device">where it is used; default the CPU</param>
    /// <exception cref="InvalidDataException">the file is damaged, no dictionary, or its tensors do not fit each other</exception>
    internal static FeatureDictionary Load(string path, int activeFeatures, Device? device = null)
    {
        using var scope = torch.NewDisposeScope();
        var (tensors, metadata) = Safetensors.Load(path);
        if (metadata.GetValueOrDefault("format") != Format)
            throw new InvalidDataException(
                $"{path} is no dictionary of features: its format is '{metadata.GetValueOrDefault("format")}', expected '{Format}'");
        if (!ValueLocation.TryParse(metadata.GetValueOrDefault("location"), out var location))
            throw new InvalidDataException($"{path}: its location is '{metadata.GetValueOrDefault("location")}'");
        var origin = new DictionaryOrigin(metadata.GetValueOrDefault("kind") ?? "", location, metadata.GetValueOrDefault("model") ?? "");
        var atoms = Find("decoder.weight");
        if (atoms.dim() != 2 || atoms.numel() == 0)
            throw new InvalidDataException($"{path}: decoder.weight is {atoms.Describe()}, expected rows of channels");
        long features = atoms.size(0), d = atoms.size(1);
        var bias = Find("decoder.bias", d);
        if (activeFeatures < 1 || activeFeatures > features && !metadata.ContainsKey("options"))
            throw new InvalidDataException($"{path} has {features} features: expected 1 to so many active ones, not {activeFeatures}");
        long[]? firings = null;
        if (tensors.TryGetValue("firings", out var counted))
        {
            firings = counted.dtype == ScalarType.Int64 && counted.shape.SequenceEqual([features])
                ? counted.Values<long>()
                : throw new InvalidDataException($"{path}: firings is {counted.Describe()}, expected {features} of int64");
        }
        var dictionary = Make();
        dictionary.Firings = firings;
        return dictionary;

        FeatureDictionary Make() => origin.Kind switch
        {
            PrincipalComponents.All => new PrincipalComponents(origin, atoms, bias, activeFeatures),
            PrincipalComponents.First => new PrincipalComponents(origin, atoms, bias, activeFeatures),
            IndependentComponents.Kind => new IndependentComponents(
                origin, atoms, bias, Find("encoder.weight", features / 2, d), activeFeatures),
            RandomDirections.Kind => new RandomDirections(origin, atoms, bias, activeFeatures),
            Neurons.Kind => new Neurons(origin, atoms, bias, activeFeatures),
            _ => OfOptions(),
        };

        Autoencoder OfOptions()
        {
            var options = Options();
            if (Autoencoder.NameOf(options.Kind) != origin.Kind)
                throw new InvalidDataException($"{path}: its kind is '{origin.Kind}', and that of its options {options.Kind}");
            var hasThreshold = options.Kind is AutoencoderKind.Jumprelu or AutoencoderKind.Batchtopk;
            if (options.Kind == AutoencoderKind.Topk && options.K > features)
                throw new InvalidDataException($"{path}: its k is {options.K}, expected at most its {features} features");
            return new Autoencoder(
                origin, options, atoms, bias, Find("encoder.weight", features, d), Find("encoder.bias", features),
                hasThreshold ? Find("threshold", features) : null);
        }

        AutoencoderOptions Options()
        {
            try
            {
                var options = JsonSerializer.Deserialize<AutoencoderOptions>(metadata["options"], JobJson.Options)
                    ?? throw new JsonException("null");
                return options.Validate().FirstOrDefault() is { } problem ? throw new JsonException(problem) : options;
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException)
            {
                throw new InvalidDataException($"{path}: the options in its metadata are missing or wrong: {e.Message}", e);
            }
        }

        Tensor Find(string name, params long[] shape)
        {
            if (!tensors.TryGetValue(name, out var tensor)) throw new InvalidDataException($"{path} has no tensor {name}");
            if (shape.Length > 0 && !tensor.shape.SequenceEqual(shape))
            {
                throw new InvalidDataException(
                    $"{path}: {name} is {tensor.Describe()}, expected the shape [{string.Join(", ", shape)}]");
            }
            if (tensor.dtype != ScalarType.Float32) throw new InvalidDataException($"{path}: {name} is {tensor.dtype}, expected float32");
            return tensor.to(device ?? torch.CPU);
        }
    }
}
