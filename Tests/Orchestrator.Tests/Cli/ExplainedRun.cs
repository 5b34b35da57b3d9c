using System.Text.Json;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>A tiny sweep with autoencoders, circuits of their features, and bridges; it is run when the first test asks for it.</summary>
public sealed class ExplainedRun : IDisposable
{
    /// <summary>A dense model that has dictionaries and circuits in all bases.</summary>
    public const string Model = "d16n1-l1-r0";

    /// <summary>An autoencoder of it.</summary>
    public const string Dictionary = "0.attn.act_in-topk-x2-k4-s0";

    private readonly string _root = Directory.CreateTempSubdirectory("explained").FullName;
    private readonly Lazy<Task<string>> _folder;

    public ExplainedRun() => _folder = new Lazy<Task<string>>(RunAsync);

    /// <summary>Its folder.</summary>
    public Task<string> FolderAsync() => _folder.Value;

    /// <summary>The file of the features of <see cref="Dictionary"/>.</summary>
    public static string Features(string folder) => Path.Combine(folder, "features", Model, Dictionary, "features.json");

    /// <summary>A feature of <see cref="Dictionary"/> that is described.</summary>
    public static int Feature(string folder)
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Features(folder)));
        return file.RootElement.GetProperty("features")[1].GetProperty("feature").GetInt32();
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private async Task<string> RunAsync()
    {
        var folder = Path.Combine(_root, "explained");
        var run = await SweepProcess.RunAsync(RepositoryFile.Path("Orchestrator/Web/page/e2e/explained.hocon"), folder);
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        return folder;
    }
}
