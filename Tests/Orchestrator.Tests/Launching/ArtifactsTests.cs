namespace Sweeps.Orchestrator.Tests.Launching;

/// <summary>A real cluster whose device nodes have folders of their own.</summary>
public sealed class ArtifactsTests
{
    [Fact]
    public async Task A_sweep_goes_on_from_checkpoints_of_nodes_that_are_gone_with_their_folders_and_ends_as_on_one_machine()
    {
        var said = await SystemProgram.ClusterScriptAsync("artifacts.py");
        Assert.EndsWith("its report is that of this machine alone\n", said, StringComparison.Ordinal);
    }
}
