using System.Security.Cryptography;
using System.Text.Json;
using Sweeps.ModelCore.TensorFiles;
using TorchSharp;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// The training of a sparse autoencoder on disk: parameters and moments as tensors of a safetensors file, the rest as JSON in its metadata.
/// The activations are not in it: they are made again.
/// </summary>
internal static class AutoencoderCheckpoint
{
    private const string Format = "sweeps.autoencoder_checkpoint.1";

    private sealed record Progress(
        int Step, double Scale, double? LeastActive, int Resampled, IReadOnlyList<long> Idle, IReadOnlyList<double> Window,
        IReadOnlyList<AutoencoderPoint> Points);

    /// <summary>Writes one.</summary>
    /// <param name="stream">where to</param>
    /// <param name="job">whose</param>
    /// <param name="state">after a step</param>
    /// <param name="scale">by what inputs are divided</param>
    internal static void Save(Stream stream, TrainAutoencoderJob job, AutoencoderState state, double scale)
    {
        using var scope = torch.NewDisposeScope();
        var progress = new Progress(
            state.Step, scale, state.LeastActive, state.Resampled, state.Idle, state.Window, state.Points);
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["job"] = Fingerprint(job),
            ["progress"] = JsonSerializer.Serialize(progress, JobJson.Options),
        };
        Safetensors.Save(stream, [.. state.Parameters.Trained(job.Options), .. state.Adam.StateDict()], metadata);
    }

    /// <summary>Puts a new state where the checkpoint was written. Returns by what inputs are divided.</summary>
    /// <exception cref="InvalidDataException">the file is no checkpoint of this job, and the state is as it was</exception>
    internal static double Load(string path, TrainAutoencoderJob job, AutoencoderState state)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var (tensors, metadata) = Safetensors.Load(path);
        var progress = Check(path, job, metadata, state);
        foreach (var (name, value) in state.Parameters.Trained(job.Options)) value.copy_(tensors[name]);
        state.Adam.LoadStateDict(tensors);
        (state.Step, state.LeastActive, state.Resampled) = (progress.Step, progress.LeastActive, progress.Resampled);
        progress.Idle.ToArray().CopyTo(state.Idle, 0);
        progress.Window.ToArray().CopyTo(state.Window, 0);
        state.Points.AddRange(progress.Points);
        return progress.Scale;
    }

    private static Progress Check(
        string path, TrainAutoencoderJob job, IReadOnlyDictionary<string, string> metadata, AutoencoderState state)
    {
        if (metadata.GetValueOrDefault("format") != Format)
            throw new InvalidDataException($"{path}: its format is '{metadata.GetValueOrDefault("format")}', expected '{Format}'");
        if (metadata.GetValueOrDefault("job") != Fingerprint(job))
            throw new InvalidDataException($"{path}: it was written by another job: the options, the seed, the model or the corpus differ");
        try
        {
            var progress = JsonSerializer.Deserialize<Progress>(metadata["progress"], JobJson.Options);
            return progress is not null && progress.Idle.Count == state.Idle.Length && progress.Window.Count == state.Window.Length
                ? progress
                : throw new InvalidDataException($"{path}: its progress is not that of {state.Idle.Length} features");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{path}: its progress cannot be read: {e.Message}", e);
        }
    }

    private static string Fingerprint(TrainAutoencoderJob job) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes<Job>(job, JobJson.Options)));
}
