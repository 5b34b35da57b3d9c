using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>What the training of a sparse autoencoder logged. A function of the job alone: it holds no time and no rate.</summary>
/// <param name="Points">by increasing step; the last is the end of the training</param>
public sealed record AutoencoderCurve(IReadOnlyList<AutoencoderPoint> Points)
{
    /// <summary>What <see cref="Format"/> says.</summary>
    public const string FormatName = "sweeps-autoencoder-curve";

    /// <summary>The version written and read.</summary>
    public const int CurrentVersion = 1;

    /// <summary><see cref="FormatName"/>.</summary>
    [JsonPropertyOrder(-2)]
    public string Format { get; init; } = FormatName;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    [JsonPropertyOrder(-1)]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Reads the JSON file of a <see cref="TrainAutoencoderResult.Curve"/>.</summary>
    /// <exception cref="InvalidDataException">the file is no such curve</exception>
    public static AutoencoderCurve Load(string path) => VersionedJson.Parse<AutoencoderCurve>(
        File.ReadAllBytes(path), (FormatName, CurrentVersion), curve => (curve.Format, curve.Version),
        $"{path} is no curve of an autoencoder");

    /// <summary>The bytes of the file.</summary>
    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JobJson.Indented);
}

/// <summary>Means over the steps since the point before; losses are of normalised inputs.</summary>
/// <param name="Step">steps done</param>
/// <param name="Reconstruction">the squared error, reduced as the options say</param>
/// <param name="Sparsity">the weighted term of L1, or of L0</param>
/// <param name="Auxiliary">the weighted auxiliary loss of dead features</param>
/// <param name="L0">active features per input</param>
/// <param name="GradientNorm">before it was bounded</param>
/// <param name="LearningRate">of the last step</param>
/// <param name="Dead">dead features after the last step</param>
/// <param name="Resampled">features that began anew so far, each time counted</param>
public sealed record AutoencoderPoint(
    int Step, double Reconstruction, double Sparsity, double Auxiliary, double L0, double GradientNorm, double LearningRate, int Dead,
    int Resampled);
