using System.Diagnostics;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary><c>sweeps device --check</c>, on the one device that every machine has.</summary>
public sealed class DeviceCheckTests : IDisposable
{
    private static readonly string _references = RepositoryFile.Path(Path.Combine("Tests", "Reference", "gpt"));

    private readonly string _folder = Directory.CreateTempSubdirectory("check").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task On_the_cpu_reference_models_a_training_step_and_a_pruning_give_what_they_should()
    {
        var (exitCode, output, error) = await CheckAsync("cpu", _references);
        Assert.True(exitCode == ExitCode.Ok, output + error);
        Assert.Matches(@"cpu: (\d\d) of \1 numbers agree\n$", output);
        string[] values =
        [
            "plain: logits", "sink_bigram: gradient of the weights", "training step: weights", "step with bridges: bridges",
            "pruning: masks",
        ];
        foreach (var what in values)
            Assert.Contains($"\n{what}", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_number_that_differs_is_marked_and_is_told_by_the_exit_code()
    {
        var (from, to) = (Path.Combine(_references, "plain"), Directory.CreateDirectory(Path.Combine(_folder, "changed")).FullName);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        var expected = Path.Combine(to, "expected.json");
        var text = await File.ReadAllTextAsync(expected);
        Assert.Contains("\"loss\": 6.01234", text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(expected, text.Replace("\"loss\": 6.01234", "\"loss\": 6.01254", StringComparison.Ordinal));
        var (exitCode, output, error) = await CheckAsync("cpu", _folder);
        Assert.True(exitCode == ExitCode.SomeFailed, output + error);
        var differing = Assert.Single(output.Split('\n'), line => line.EndsWith("DIFFERS", StringComparison.Ordinal));
        Assert.StartsWith("changed: loss ", differing, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cuda:99", "there is no cuda:99: libtorch sees")]
    [InlineData("gpu", "expected cpu, cuda or cuda:n")]
    public async Task A_device_that_is_not_there_is_refused(string device, string reason)
    {
        var (exitCode, output, error) = await CheckAsync(device, _references);
        Assert.Equal((ExitCode.Environment, ""), (exitCode, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Error)> CheckAsync(string device, string references)
    {
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "sweeps.dll"), "device", "--check", device, "--reference", references])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
