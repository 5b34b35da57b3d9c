using System.Security.Cryptography;
using System.Text.Json;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;

namespace Sweeps.ModelCore.Training;

/// <summary>
/// A training run on disk: parameters and optimiser state as tensors of a safetensors file, the rest as JSON in its metadata.
/// </summary>
internal static class TrainingCheckpoint
{
    private const string Format = "sweeps.training_checkpoint.1";

    private sealed record Progress(int Step, long BatchPosition, double WindowLoss, int WindowSteps, IReadOnlyList<CurvePoint> Points)
    {
        /// <summary>Of what is trained with the model.</summary>
        public JsonElement? Beside { get; init; }
    }

    public static void Save(Stream stream, TrainJob job, TrainingState state)
    {
        using var scope = torch.NewDisposeScope();
        var progress = new Progress(state.Step, state.Batches.Position, state.WindowLoss, state.WindowSteps, state.Points)
        {
            Beside = state.Beside?.State(),
        };
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["job"] = Fingerprint(job),
            ["progress"] = JsonSerializer.Serialize(progress, JobJson.Options),
        };
        Safetensors.Save(stream, [.. state.Parameters.Select(p => (p.Name, p.Value)), .. state.Optimizer.Adam.StateDict()], metadata);
    }

    /// <summary>Puts <paramref name="state"/>, which is that of a new run, where the checkpoint was written.</summary>
    /// <exception cref="InvalidDataException">the file is no checkpoint of this job, and <paramref name="state"/> is as it was</exception>
    public static void Load(string path, TrainJob job, TrainingState state)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var (tensors, metadata) = Safetensors.Load(path);
        var progress = Check(path, job, metadata);
        if (state.Beside is { } beside)
            beside.Restore(progress.Beside ?? throw new InvalidDataException($"{path}: its progress says nothing of the bridges"));
        foreach (var parameter in state.Parameters) parameter.Value.copy_(tensors[parameter.Name]);
        state.Optimizer.Adam.LoadStateDict(tensors);
        state.Step = progress.Step;
        state.Batches.Position = progress.BatchPosition;
        state.WindowLoss = progress.WindowLoss;
        state.WindowSteps = progress.WindowSteps;
        state.Points.AddRange(progress.Points);
    }

    private static Progress Check(string path, TrainJob job, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.GetValueOrDefault("format") != Format)
            throw new InvalidDataException($"{path}: its format is '{metadata.GetValueOrDefault("format")}', expected '{Format}'");
        if (metadata.GetValueOrDefault("job") != Fingerprint(job))
            throw new InvalidDataException($"{path}: it was written by another job: the options, the seed or the corpus differ");
        try
        {
            return JsonSerializer.Deserialize<Progress>(metadata["progress"], JobJson.Options)
                ?? throw new InvalidDataException($"{path}: its progress is null");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{path}: its progress cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What makes a job this job: everything that its record holds.</summary>
    private static string Fingerprint(TrainJob job) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes<Job>(job, JobJson.Options)));
}
