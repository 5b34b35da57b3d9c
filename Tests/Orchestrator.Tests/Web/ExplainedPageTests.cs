using Sweeps.Orchestrator.Tests.Cli;
using Sweeps.Orchestrator.Tests.Launching;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>The page's views of autoencoders and bridges, in Debian's Chromium.</summary>
[Collection(FinishedRun.Tests)]
public sealed class ExplainedPageTests(ExplainedRun explained)
{
    [Fact]
    public async Task Autoencoders_with_their_features_and_bridges_are_read_in_the_browser()
    {
        var (exitCode, said) = await SystemProgram.RunAsync(
            "node", RepositoryFile.Path("Orchestrator/Web/page/e2e/explained.mjs"), "--sweeps",
            $"dotnet {Path.Combine(AppContext.BaseDirectory, "sweeps.dll")}", "--folder", await explained.FolderAsync());
        Assert.True(exitCode == 0, said);
    }
}
