using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Tests.Cli;
using Sweeps.Orchestrator.Web;
using Sweeps.Orchestrator.Web.Local;

namespace Sweeps.Orchestrator.Tests.Formats;

/// <summary>docs/formats.md names every file that a run leaves in its folder.</summary>
[Collection(FinishedRun.Tests)]
public sealed class FormatsPageTests(FinishedRun run, ExplainedRun explained)
{
    [Fact]
    public void Every_file_of_a_finished_run_is_named() => Assert.Empty(FormatsPage.Unnamed(run.Folder));

    [Fact]
    public async Task Every_file_of_a_run_with_autoencoders_and_bridges_is_named() =>
        Assert.Empty(FormatsPage.Unnamed(await explained.FolderAsync()));

    [Theory]
    [InlineData(SweepFolder.JournalName)]
    [InlineData(SweepFolder.RunName)]
    [InlineData(SweepFolder.SpecName)]
    [InlineData(ImportFile.Name)]
    [InlineData(RunStatus.FileName)]
    [InlineData(WebService.AddressName)]
    [InlineData(WebService.TokenName)]
    [InlineData(ControlSocket.SocketName)]
    [InlineData(ControlSocket.PathName)]
    [InlineData("logs/" + WebLog.FileName)]
    public void What_is_there_for_some_runs_or_while_one_goes_on_is_named(string file) => Assert.True(FormatsPage.Names(file), file);

    [Fact]
    public void Every_folder_that_trials_have_their_names_and_files_in_is_spoken_of() => Assert.All(
        SweepStages.All.Select(stage => stage.Folder).OfType<string>(),
        folder => Assert.Contains($"`{folder}", FormatsPage.Text, StringComparison.Ordinal));

    [Theory]
    [InlineData("models/d64n2-l0.25-r0/weights.safetensors")]
    [InlineData("models/d64n2-l0.25-r0/more/model.safetensors")]
    [InlineData("curves/d64n2-l0.25-r0/set_or_string/curve.json")]
    [InlineData("notes.txt")]
    public void A_file_that_no_row_has_is_found_out(string file) => Assert.False(FormatsPage.Names(file), file);

    [Fact]
    public void The_table_has_paths() => Assert.InRange(FormatsPage.Paths.Count, 40, 100);
}
