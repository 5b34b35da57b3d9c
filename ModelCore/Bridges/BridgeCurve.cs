using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.ModelCore.Bridges;

/// <summary>What the training of bridges logged. A function of the job alone: it holds no time and no rate.</summary>
/// <param name="Sites">the names of the sites, in the order a token meets them</param>
/// <param name="Points">by increasing step; the last is the end of the training</param>
public sealed record BridgeCurve(IReadOnlyList<string> Sites, IReadOnlyList<BridgePoint> Points)
{
    /// <summary>What <see cref="Format"/> says.</summary>
    public const string FormatName = "sweeps-bridge-curve";

    /// <summary>The version written and read.</summary>
    public const int CurrentVersion = 1;

    /// <summary><see cref="FormatName"/>.</summary>
    [JsonPropertyOrder(-2)]
    public string Format { get; init; } = FormatName;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    [JsonPropertyOrder(-1)]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Reads the JSON file of a <see cref="TrainBridgeResult.BridgeCurve"/>.</summary>
    /// <exception cref="InvalidDataException">the file is no such curve</exception>
    public static BridgeCurve Load(string path)
    {
        try
        {
            var curve = JsonSerializer.Deserialize<BridgeCurve>(File.ReadAllBytes(path), JobJson.Options)
                ?? throw new JsonException("null");
            return (curve.Format, curve.Version) == (FormatName, CurrentVersion)
                ? curve
                : throw new JsonException(
                    $"its format is \"{curve.Format}\", version {curve.Version}: expected \"{FormatName}\", version {CurrentVersion}");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is no curve of bridges: {e.Message}", e);
        }
    }

    /// <summary>The bytes of the file.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JobJson.Indented);
}

/// <summary>Means since the point before, over the steps that trained a site.</summary>
/// <param name="Step">steps done</param>
/// <param name="Divergence">of the sparse model from the dense one, nats per token; null where it has no weight</param>
/// <param name="Sites">the losses of each site, in the order of <see cref="BridgeCurve.Sites"/></param>
public sealed record BridgePoint(int Step, double? Divergence, IReadOnlyList<BridgeSiteLosses> Sites);
