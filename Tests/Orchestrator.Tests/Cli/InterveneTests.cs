using System.Text.Json;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

[Collection(FinishedRun.Tests)]
public sealed class InterveneTests(FinishedRun run)
{
    [Fact]
    public async Task Nodes_of_a_model_of_the_sweep_are_changed()
    {
        string[] model = ["intervene", run.Folder, "d16n1-l0.5-r0", "single_double_quote"];
        // What is read after the last embedding is all that can tell the prompts of a pair apart: with no difference there, chance is left.
        string[] same = [.. Enumerable.Range(0, 16).SelectMany(channel => new[] { "--set", $"0.attn.act_in:{channel}=0" })];
        var changed = await CommandLineRun.OfAsync([.. model, .. same, "--json"]);
        Assert.Equal(ExitCode.Ok, changed.ExitCode);
        var found = JsonDocument.Parse(changed.Output).RootElement;
        Assert.Equal(
            found.GetProperty("changedModel").GetProperty("aOnA").GetDouble(),
            found.GetProperty("changedModel").GetProperty("aOnB").GetDouble(), 5);
        Assert.Contains(
            "the model has no node 0.attn.v:16", (await CommandLineRun.OfAsync([.. model, "--swap", "0.attn.v:16"])).Error,
            StringComparison.Ordinal);
        Assert.Contains(
            "did you mean d16n1-l0.5-r0",
            (await CommandLineRun.OfAsync(["intervene", run.Folder, "d16n1-l0.5-r1", "single_double_quote", "--swap", "0.attn.v:1"])).Error,
            StringComparison.Ordinal);
    }
}
