using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.ModelCore.Interpretability;

/// <summary>What the features of a dictionary mean, as a file. A function of the job alone: it holds no time.</summary>
/// <param name="Location">of the activations</param>
/// <param name="Kind">of the dictionary, as its file says it</param>
/// <param name="Count">features of the dictionary</param>
/// <param name="Tokens">activations that were looked at</param>
/// <param name="Features">those that were drawn, by number</param>
public sealed record FeaturesFile(string Location, string Kind, int Count, int Tokens, IReadOnlyList<FeatureScores> Features)
{
    /// <summary>What <see cref="Format"/> says.</summary>
    public const string FormatName = "sweeps-features";

    /// <summary>The version written and read.</summary>
    public const int CurrentVersion = 1;

    /// <summary><see cref="FormatName"/>.</summary>
    [JsonPropertyOrder(-2)]
    public string Format { get; init; } = FormatName;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    [JsonPropertyOrder(-1)]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">it is no such file; the message says so</exception>
    public static FeaturesFile Parse(ReadOnlySpan<byte> json) => VersionedJson.Parse<FeaturesFile>(
        json, (FormatName, CurrentVersion), file => (file.Format, file.Version), "these are no features of a dictionary");

    /// <summary>The bytes of the file.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JobJson.Indented);
}
