using System.Text.Json;

namespace Sweeps.ModelCore.Training;

/// <summary>What a training run logged. A function of the job alone: it holds no time and no rate.</summary>
/// <param name="Points">by increasing step; the last is the end of the run</param>
public sealed record TrainingCurve(IReadOnlyList<CurvePoint> Points)
{
    /// <summary>Reads the JSON file of a <see cref="TrainResult.Curve"/>.</summary>
    /// <exception cref="InvalidDataException">the file is no training curve</exception>
    public static TrainingCurve Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingCurve>(File.ReadAllBytes(path), JobJson.Options) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is no training curve: {e.Message}", e);
        }
    }

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
