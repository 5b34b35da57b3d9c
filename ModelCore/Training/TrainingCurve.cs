using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.ModelCore.Training;

/// <summary>What a training run logged. A function of the job alone: it holds no time and no rate.</summary>
/// <param name="Points">by increasing step; the last is the end of the run</param>
public sealed record TrainingCurve(IReadOnlyList<CurvePoint> Points)
{
    /// <summary>What <see cref="Format"/> says.</summary>
    public const string FormatName = "sweeps-curve";

    /// <summary>The version written and read; files from before there was one say neither format nor version.</summary>
    public const int CurrentVersion = 1;

    /// <summary><see cref="FormatName"/>.</summary>
    [JsonPropertyOrder(-2)]
    public string Format { get; init; } = FormatName;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    [JsonPropertyOrder(-1)]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Reads the JSON file of a <see cref="TrainResult.Curve"/>.</summary>
    /// <exception cref="InvalidDataException">the file is no training curve</exception>
    public static TrainingCurve Load(string path) => VersionedJson.Parse<TrainingCurve>(
        File.ReadAllBytes(path), (FormatName, CurrentVersion), curve => (curve.Format, curve.Version), $"{path} is no training curve");

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, JobJson.Indented);
}

/// <summary>One logged point.</summary>
/// <param name="Step">steps done</param>
/// <param name="Loss">mean training loss since the point before, nats per token</param>
/// <param name="LearningRate">of this step, with the factor that belongs to L0</param>
/// <param name="L0Target">the fraction of nonzeros of the matrices that the schedule asks for</param>
/// <param name="Nonzeros">nonzero entries of matrices, embeddings, positions and biases</param>
/// <param name="L0">nonzero fraction of the matrices; above the target where the floor demands more</param>
/// <param name="GradientRms">root mean square of this step's gradient over all parameters, as the loss gives it</param>
/// <param name="Evaluation">on the validation batches, where this step was evaluated</param>
public sealed record CurvePoint(
    int Step, double Loss, double LearningRate, double L0Target, long Nonzeros, double L0, double GradientRms, Evaluation? Evaluation)
{
    /// <summary>The nonzeros by kind of parameter.</summary>
    public NonzerosByKind? ByKind { get; init; }
}
